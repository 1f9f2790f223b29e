"""Staging on this machine, and a vault for what lasts."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from submissions.storage.disk import PRIVATE, DiskVault
from submissions.storage.files import (
    BadName,
    Files,
    Folders,
    NameTaken,
    StorageFailed,
    nearest_volume,
    storage_errors,
)
from submissions.storage.names import (
    CREATIVES,
    KEY,
    ORIGINALS,
    RENDITIONS,
    derivative_place,
    original_name,
    original_place,
)
from submissions.storage.parts import PartWriter
from submissions.storage.staging import StagedFile, StagingWriter
from submissions.storage.vault import Elsewhere, Stored, Vault

DERIVED = 0o644
# What is read from a bucket for a page stays in memory up to this size.
SPOOL_BYTES = 2 * 1024 * 1024


class Facts(NamedTuple):
    """What is true of a file's bytes: how many, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


class Store:
    """Files of one site: staged below ``root``, lasting in ``vault``.

    Without a vault they last below ``root`` too, which is one file system then.
    Synchronous and safe to use from several threads and processes at once.
    """

    def __init__(
        self, root: Path, files: Files | None = None, vault: Vault | None = None
    ) -> None:
        self.root = root
        self._files = files or Files()
        self._folders = Folders(self._files)
        self._staging = root / "staging"
        self._vault = vault or DiskVault(root, self._files, self._folders)

    # --- staging

    def stage(self) -> StagingWriter:
        """A writer for a new file under a random name that nobody else can have."""
        self._settle_staging()
        return StagingWriter(self._files, self._staging)

    def part(self, name: str) -> PartWriter:
        """The unfinished file called ``name``, ours until discarded; else PartTaken.

        It need not exist; nothing is written before its ``begin``.
        """
        self._settle_staging()
        return PartWriter(self._files, self._part_path(name))

    def remove_part(self, name: str) -> None:
        """Remove an unfinished file; one that is not there is no error."""
        with storage_errors("remove a part"):
            self._part_path(name).unlink(missing_ok=True)

    def stale_staging(
        self, older_than_seconds: float, *, parts: Collection[str] = ()
    ) -> list[Path]:
        """Staged files that nobody has written to for so long.

        The named ``parts`` may still go on and are not among them, however old.
        """
        limit = time.time() - older_than_seconds
        alive = {self._part_path(name) for name in parts}
        found = [path for path in _regular(self._staging) if _changed_at(path) < limit]
        return [path for path in found if path not in alive]

    def sweep_staging(
        self, older_than_seconds: float, *, parts: Collection[str] = ()
    ) -> int:
        """Remove what ``stale_staging`` finds; the number of files removed."""
        removed = 0
        for path in self.stale_staging(older_than_seconds, parts=parts):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                removed += 1
        return removed

    def free_bytes(self) -> int:
        """Bytes that can still be staged on this machine.

        Makes no folder, for making one waits for the disk and arrivals ask as well.
        """
        with storage_errors("ask for free space"):
            state = nearest_volume(self._staging)
        return state.f_bavail * state.f_frsize

    # --- originals

    def keep(self, staged: StagedFile, *, key: str) -> str:
        """Give a staged file its lasting name and return that name.

        Durable when it returns. The same bytes under the same key, kept by an earlier
        attempt that got no further, are checked and taken over. What lies there with
        other bytes is left alone, and the file gets a name nobody has.
        """
        name = original_name(staged.sha256, key)
        try:
            self._vault.keep(staged, original_place(name))
        except NameTaken:
            name = original_name(staged.sha256, f"{key}-{secrets.token_hex(4)}")
            self._vault.keep(staged, original_place(name))
        return name

    def facts_of(self, name: str) -> Facts | None:
        """Size and SHA-256 of an original, read again; None if it is not there."""
        return self._facts_at(original_place(name))

    def verify(self, name: str, *, sha256: str, size: int) -> bool:
        """Read an original again: is it there with exactly these bytes?"""
        return self.facts_of(name) == Facts(size, sha256)

    @contextlib.contextmanager
    def borrowed(self, name: str, *, sha256: str, size: int) -> Iterator[Path | None]:
        """An original on this machine, for reading; None if it is not these bytes.

        What lies in a bucket is fetched to staging and removed afterwards.
        """
        try:
            path = self.original_path(name)
        except Elsewhere:
            with self._fetched(name) as staged:
                facts = Facts(staged.size, staged.sha256)
                yield staged.path if facts == Facts(size, sha256) else None
            return
        yield path if self.verify(name, sha256=sha256, size=size) else None

    def original_path(self, name: str) -> Path:
        """Where an original lies, for reading only; Elsewhere if not on this machine.

        BadName for foreign names.
        """
        return self._vault.path(original_place(name))

    def open_original(self, name: str) -> IO[bytes]:
        """An original's bytes; FileNotFoundError if there are none."""
        return self._open(original_place(name))

    def original_address(self, name: str, *, file_name: str) -> str:
        """Where a browser may fetch an original for a minute; '' if nowhere.

        It is sent as a download of unknown type, so that no browser acts on it.
        """
        return self._vault.address(original_place(name), file_name=file_name)

    def originals(self) -> Iterator[Stored]:
        """All originals, for audits; ``place`` is the original's name."""
        for stored in self._vault.listed(ORIGINALS):
            name = stored.place.removeprefix(f"{ORIGINALS}/")
            yield Stored(name, stored.size, stored.changed_at)

    def remove_original(self, name: str) -> None:
        """Remove an original that no entry names: for orphans and canaries only."""
        self._vault.remove(original_place(name))

    # --- derivatives: they can be made again, so a repeated attempt replaces them

    def save_rendition(self, path: Path, name: str) -> None:
        """Copy a file, of any file system, to a rendition's name; durable."""
        self._save(path, derivative_place(RENDITIONS, name))

    def open_rendition(self, name: str) -> IO[bytes]:
        """A rendition's bytes; FileNotFoundError if there are none."""
        return self._open(derivative_place(RENDITIONS, name))

    def facts_of_rendition(self, name: str) -> Facts | None:
        """Size and SHA-256 of a rendition, read again; None if it is not there."""
        return self._facts_at(derivative_place(RENDITIONS, name))

    def remove_rendition(self, name: str) -> None:
        """Remove a rendition; one that is not there is no error."""
        self._vault.remove(derivative_place(RENDITIONS, name))

    def save_creative(self, path: Path, name: str) -> None:
        """Copy a sponsor's picture to its name; durable."""
        self._save(path, derivative_place(CREATIVES, name))

    def open_creative(self, name: str) -> IO[bytes]:
        """A sponsor's picture; FileNotFoundError if there is none."""
        return self._open(derivative_place(CREATIVES, name))

    def remove_creative(self, name: str) -> None:
        """Remove a creative; one that is not there is no error."""
        self._vault.remove(derivative_place(CREATIVES, name))

    # --- health

    def problems(self) -> list[str]:
        """Why nothing can be taken in at the moment, in sentences."""
        found = [self._vault.problem()]
        try:
            self._staging.mkdir(PRIVATE, parents=True, exist_ok=True)
        except OSError:
            found.append("The storage cannot be written.")
        return [sentence for sentence in found if sentence]

    # --- inside

    def _facts_at(self, place: str) -> Facts | None:
        digest, size = hashlib.sha256(), 0
        try:
            for block in self._vault.read(place):
                digest.update(block)
                size += len(block)
        except FileNotFoundError:
            return None
        return Facts(size, digest.hexdigest())

    def _settle_staging(self) -> None:
        with storage_errors("make the staging folder"):
            self._folders.settle(self._staging, PRIVATE)

    def _part_path(self, name: str) -> Path:
        if not KEY.fullmatch(name):
            raise BadName(f"not the name of a part: {name!r}")
        return self._staging / f"{name}.part"

    @contextlib.contextmanager
    def _fetched(self, name: str) -> Iterator[StagedFile]:
        """A copy in staging; an original that is not there gives an empty one."""
        writer = self.stage()
        try:
            with contextlib.suppress(FileNotFoundError):
                for block in self._vault.read(original_place(name)):
                    writer.write(block)
            yield writer.seal()
        finally:
            writer.discard()

    def _save(self, path: Path, place: str) -> None:
        writer = self.stage()
        try:
            with storage_errors("save a derivative"), self._files.opened(path) as file:
                while block := self._files.read(file):
                    writer.write(block)
            self._vault.save(writer.seal(DERIVED), place)
        finally:
            writer.discard()

    def _open(self, place: str) -> IO[bytes]:
        try:
            path = self._vault.path(place)
        except Elsewhere:
            return self._spooled(place)
        with storage_errors(f"open {place}", missing=True):
            return os.fdopen(self._files.open(path), "rb")

    def _spooled(self, place: str) -> IO[bytes]:
        spool = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115  handed on
        try:
            for block in self._vault.read(place):
                spool.write(block)
        except (FileNotFoundError, StorageFailed):
            spool.close()
            raise
        spool.seek(0)
        return spool


def _regular(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if not path.is_dir())


def _changed_at(path: Path) -> float:
    """Unix time of the last write; a file gone meanwhile counts as new."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return time.time()
