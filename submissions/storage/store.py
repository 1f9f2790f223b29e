"""Folders, names and lasting files below one root."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from submissions.storage.files import (
    BadName,
    Files,
    Folders,
    NameTaken,
    StorageFailed,
    durable_move,
    storage_errors,
    sync_path,
)
from submissions.storage.parts import PartWriter
from submissions.storage.staging import StagedFile, StagingWriter

PRIVATE, READABLE = 0o700, 0o755
DERIVED = 0o644

_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ORIGINAL = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}-[A-Za-z0-9_-]{1,64}")
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_DERIVATIVE = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,3}}")


def original_name(sha256: str, key: str) -> str:
    """The storage name of an original: its digest and a key of the caller's."""
    if not _DIGEST.fullmatch(sha256) or not _KEY.fullmatch(key):
        raise BadName(f"no name for an original: {sha256!r}, {key!r}")
    return f"{sha256[:2]}/{sha256}-{key}"


class Store:
    """Files of one site below ``root`` (one file system); folders appear on demand.

    Synchronous and safe to use from several threads and processes at once.
    """

    def __init__(self, root: Path, files: Files | None = None) -> None:
        self.root = root
        self._files = files or Files()
        self._folders = Folders(self._files)
        self._staging = root / "staging"
        self._originals = root / "originals"
        self._renditions = root / "renditions"
        self._creatives = root / "creatives"

    # --- staging

    def stage(self) -> StagingWriter:
        """A writer for a new file under a random name that nobody else can have."""
        with storage_errors("make the staging folder"):
            self._folders.settle(self._staging, PRIVATE)
        return StagingWriter(self._files, self._staging)

    def part(self, name: str) -> PartWriter:
        """The unfinished file called ``name``, ours until discarded; else PartTaken.

        It need not exist; nothing is written before its ``begin``.
        """
        with storage_errors("make the staging folder"):
            self._folders.settle(self._staging, PRIVATE)
        return PartWriter(self._files, self._part_path(name))

    def remove_part(self, name: str) -> None:
        """Remove an unfinished file; one that is not there is no error."""
        with storage_errors("remove a part"):
            self._part_path(name).unlink(missing_ok=True)

    def _part_path(self, name: str) -> Path:
        if not _KEY.fullmatch(name):
            raise BadName(f"not the name of a part: {name!r}")
        return self._staging / f"{name}.part"

    def stale_staging(self, older_than_seconds: float) -> list[Path]:
        """Staged files that nobody has written to for so long."""
        limit = time.time() - older_than_seconds
        return [path for path in _regular(self._staging) if _changed_at(path) < limit]

    def sweep_staging(
        self, older_than_seconds: float, *, parts: Collection[str] = ()
    ) -> int:
        """Remove what crashes left in staging; the number of files removed.

        The named ``parts`` may still go on and stay, however old they are.
        """
        removed = 0
        alive = {self._part_path(name) for name in parts}
        for path in set(self.stale_staging(older_than_seconds)) - alive:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                removed += 1
        return removed

    # --- originals

    def keep(self, staged: StagedFile, *, key: str) -> str:
        """Move a staged file to its lasting name and return that name.

        Durable when it returns. The same bytes under the same key, kept by an earlier
        attempt that got no further, are checked and taken over; other bytes under
        that name raise NameTaken.
        """
        name = original_name(staged.sha256, key)
        target = self._originals / name
        with storage_errors("keep an original"):
            self._folders.settle(self._originals, PRIVATE)
            self._folders.settle(target.parent, PRIVATE)
            try:
                durable_move(self._files, staged.path, target)
            except FileExistsError:
                self._take_over(target, staged)
        return name

    def original_path(self, name: str) -> Path:
        """Where an original lies, for reading only; BadName for foreign names."""
        if not _ORIGINAL.fullmatch(name):
            raise BadName(f"not the name of an original: {name!r}")
        return self._originals / name

    def original_names(self) -> Iterator[str]:
        """The names of all originals, for audits."""
        for path in sorted(self._originals.glob("*/*")):
            yield path.relative_to(self._originals).as_posix()

    def verify(self, name: str, *, sha256: str, size: int) -> bool:
        """Read an original again: is it there with exactly these bytes?"""
        return self._holds(self.original_path(name), sha256=sha256, size=size)

    # --- derivatives: they can be made again, so a repeated attempt replaces them

    def save_rendition(self, path: Path, name: str) -> None:
        """Copy a file, of any file system, to a rendition's name; durable."""
        self._save(self._renditions, path, name)

    def rendition_path(self, name: str) -> Path:
        return _derivative(self._renditions, name)

    def remove_rendition(self, name: str) -> None:
        """Remove a rendition; one that is not there is no error."""
        self._remove(self._renditions, name)

    def save_creative(self, path: Path, name: str) -> None:
        """Copy a sponsor's picture to its name; durable."""
        self._save(self._creatives, path, name)

    def creative_path(self, name: str) -> Path:
        return _derivative(self._creatives, name)

    def remove_creative(self, name: str) -> None:
        """Remove a creative; one that is not there is no error."""
        self._remove(self._creatives, name)

    # --- space

    def free_bytes(self) -> int:
        """Bytes that can still be written below the root."""
        with storage_errors("ask for free space"):
            self._folders.settle(self._staging, PRIVATE)
            state = os.statvfs(self._staging)
        return state.f_bavail * state.f_frsize

    # --- inside

    def _take_over(self, target: Path, staged: StagedFile) -> None:
        if not self._holds(target, sha256=staged.sha256, size=staged.size):
            raise NameTaken(f"an original named {target.name} exists, with other bytes")
        sync_path(self._files, target)
        sync_path(self._files, target.parent)
        self._files.remove(staged.path)

    def _holds(self, path: Path, *, sha256: str, size: int) -> bool:
        digest, found = hashlib.sha256(), 0
        try:
            for block in self._blocks(path):
                digest.update(block)
                found += len(block)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageFailed(f"read {path.name}: {error.strerror}") from error
        return found == size and digest.hexdigest() == sha256

    def _blocks(self, path: Path) -> Iterator[bytes]:
        with self._files.opened(path) as descriptor:
            while block := self._files.read(descriptor):
                yield block

    def _save(self, folder: Path, path: Path, name: str) -> None:
        target = _derivative(folder, name)
        writer = self.stage()
        try:
            with storage_errors("save a derivative"):
                for block in self._blocks(path):
                    writer.write(block)
                staged = writer.seal(DERIVED)
                self._folders.settle(folder, READABLE)
                self._folders.settle(target.parent, READABLE)
                durable_move(self._files, staged.path, target, replace=True)
        finally:
            writer.discard()

    def _remove(self, folder: Path, name: str) -> None:
        target = _derivative(folder, name)
        with storage_errors("remove a derivative"):
            try:
                self._files.remove(target)
            except FileNotFoundError:
                return
            sync_path(self._files, target.parent)


def _derivative(folder: Path, name: str) -> Path:
    if not _DERIVATIVE.fullmatch(name):
        raise BadName(f"not the name of a derivative: {name!r}")
    return folder / name


def _regular(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if not path.is_dir())


def _changed_at(path: Path) -> float:
    """Unix time of the last write; a file gone meanwhile counts as new."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return time.time()
