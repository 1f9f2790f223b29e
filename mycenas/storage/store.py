"""Staging on this machine, and a backend for permanent files."""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mycenas.storage.derivatives import Derivatives
from mycenas.storage.disk import EXPORTS, ORIGINALS, PRIVATE, DiskBackend
from mycenas.storage.files import (
    BadName,
    FileFacts,
    Files,
    NameTaken,
    NotLocal,
    StoredFile,
    storage_errors,
)
from mycenas.storage.names import (
    DIGEST,
    IDENTIFIER,
    derivative_key,
    original_key,
)
from mycenas.storage.scratch import is_scratch, remove, scratch
from mycenas.storage.staging import PartialFile, StagedFile, StagingWriter

if TYPE_CHECKING:
    from mycenas.storage.bucket import BucketBackend


logger = logging.getLogger(__name__)


class Store(Derivatives):
    """Files of one site: staged below ``root``, stored permanently in ``backend``.

    Without a backend they are stored below ``root`` too, on the same file system.
    Synchronous; safe to use from several threads and processes at once.
    """

    def __init__(
        self,
        root: Path,
        files: Files | None = None,
        backend: BucketBackend | None = None,
    ) -> None:
        self.root = root
        self._files = files or Files()
        self._staging = root / "staging"
        self._backend = backend or DiskBackend(root, self._files)

    # --- staging

    def stage(self) -> StagingWriter:
        """A writer for a new file under a random name."""
        self._ensure_staging()
        return StagingWriter(self._files, self._staging)

    def partial_file(self, name: str) -> PartialFile:
        """The partial file called ``name``, locked until its ``discard``.

        It need not exist: ``begin`` creates it. Raises PartialFileLocked while another
        writer has it.
        """
        self._ensure_staging()
        return PartialFile(self._files, self._partial_path(name))

    def remove_partial_file(self, name: str) -> None:
        """Remove a partial file; a missing one is no error."""
        with storage_errors("remove a partial file"):
            self._partial_path(name).unlink(missing_ok=True)

    def stale_staging(
        self, older_than_seconds: float, *, partial_files: Collection[str] = ()
    ) -> list[Path]:
        """Staged files without a write for so many seconds, and scratch folders.

        The named ``partial_files`` are open uploads and left out, however old.
        """
        limit = time.time() - older_than_seconds
        open_uploads = set(self._partial_paths(partial_files))
        stale = []
        for path in self._staging.glob("*"):
            # A writer may remove its file meanwhile.
            with contextlib.suppress(FileNotFoundError):
                is_old = path.lstat().st_mtime < limit
                is_ours = is_scratch(path) or not path.is_dir()
                if is_old and is_ours and path not in open_uploads:
                    stale.append(path)
        return stale

    def sweep_staging(
        self, older_than_seconds: float, *, partial_files: Collection[str] = ()
    ) -> list[Path]:
        """Remove the files of ``stale_staging``; returns where they were."""
        stale = self.stale_staging(older_than_seconds, partial_files=partial_files)
        for path in stale:
            remove(path)
        return stale

    def scratch(self) -> AbstractContextManager[Path]:
        """A new folder in staging for temporary files; removed at the end."""
        self._ensure_staging()
        return scratch(self._staging)

    def free_bytes(self) -> int:
        """Free bytes for staging on this machine.

        Creates no folder: reservations call this and must not wait for the disk.
        """
        folder = self._staging
        with storage_errors("read the free space"):
            while not folder.exists():
                folder = folder.parent
            return shutil.disk_usage(folder).free

    # --- originals

    def keep(self, staged: StagedFile, *, suffix: str) -> str:
        """Store a staged file as an original; returns its permanent name.

        The name is the digest and ``suffix``. Durable when it returns. The same bytes
        with the same suffix, stored by an earlier attempt, are verified and reused. A
        file with other bytes under that name stays, and the new file gets another name.
        """
        if not DIGEST.fullmatch(staged.sha256) or not IDENTIFIER.fullmatch(suffix):
            raise BadName(f"no name for an original: {staged.sha256!r}, {suffix!r}")
        name = f"{staged.sha256[:2]}/{staged.sha256}-{suffix}"
        try:
            self._backend.keep(staged, original_key(name))
        except NameTaken:
            name = f"{name}-{secrets.token_hex(4)}"
            self._backend.keep(staged, original_key(name))
        return name

    def facts_of(self, name: str) -> FileFacts | None:
        """Size and SHA-256 of an original, read again; None if it is missing."""
        return self._facts_at(original_key(name))

    def verify(self, name: str, *, sha256: str, size: int) -> bool:
        """Read an original again; true if it has exactly these bytes."""
        return self.facts_of(name) == (size, sha256)

    @contextlib.contextmanager
    def local_copy(self, name: str, *, sha256: str, size: int) -> Iterator[Path | None]:
        """The path of an original, for reading; None if it has other bytes.

        A file in a bucket is copied to staging and the copy removed afterwards.
        """
        try:
            path = self.original_path(name)
        except NotLocal:
            writer = self.stage()
            try:
                # A missing original gives an empty copy.
                with contextlib.suppress(FileNotFoundError):
                    for block in self._backend.read(original_key(name)):
                        writer.write(block)
                staged = writer.seal()
                is_same = (staged.size, staged.sha256) == (size, sha256)
                yield staged.path if is_same else None
            finally:
                writer.discard()
            return
        yield path if self.verify(name, sha256=sha256, size=size) else None

    def original_path(self, name: str) -> Path:
        """The path of an original, for reading; NotLocal if it is in a bucket."""
        return self._backend.path(original_key(name))

    def open_original(self, name: str) -> IO[bytes]:
        """An original, opened for reading; FileNotFoundError if it is missing."""
        return self._open(original_key(name))

    def original_url(self, name: str, *, file_name: str) -> str:
        """A URL of an original, valid for a minute; '' on a disk.

        It gives a download of unknown type, which no browser renders.
        """
        return self._backend.url(original_key(name), file_name=file_name)

    def originals(self) -> Iterator[StoredFile]:
        """All originals, for audits; ``key`` holds the original's name."""
        for stored in self._backend.list_files(ORIGINALS):
            name = stored.key.removeprefix(f"{ORIGINALS}/")
            yield StoredFile(name, stored.size, stored.changed_at)

    def remove_original(self, name: str) -> None:
        """Remove an original that no entry names: only for orphans and canaries."""
        self._backend.remove(original_key(name))

    # --- exports: the bytes of a report for one person, removed after some days

    def save_export(self, staged: StagedFile, name: str) -> None:
        """Store a staged file as an export; durable. An older one is replaced."""
        self._backend.save(staged, derivative_key(EXPORTS, name))

    def open_export(self, name: str) -> IO[bytes]:
        """An export, opened for reading; FileNotFoundError if it is missing."""
        return self._open(derivative_key(EXPORTS, name))

    def export_url(self, name: str, *, file_name: str) -> str:
        """A URL of an export, as `original_url` gives for originals."""
        return self._backend.url(derivative_key(EXPORTS, name), file_name=file_name)

    def remove_export(self, name: str) -> None:
        """Remove an export; a missing one is no error."""
        self._backend.remove(derivative_key(EXPORTS, name))

    # --- health

    def problems(self) -> list[str]:
        """Why no file can be stored at the moment, in sentences."""
        found = [self._backend.problem()]
        try:
            self._staging.mkdir(PRIVATE, parents=True, exist_ok=True)
        except OSError:
            found.append("The storage cannot be written.")
        return [sentence for sentence in found if sentence]

    def _ensure_staging(self) -> None:
        with storage_errors("make the staging folder"):
            self._files.ensure_folder(self._staging, PRIVATE)

    def _partial_paths(self, names: Collection[str]) -> Iterator[Path]:
        """The paths of partial files; one bad name is no reason to sweep nothing."""
        for name in names:
            try:
                yield self._partial_path(name)
            except BadName as error:
                logger.error("The sweep of staging leaves out %s", error)

    def _partial_path(self, name: str) -> Path:
        if not IDENTIFIER.fullmatch(name):
            raise BadName(f"not the name of a partial file: {name!r}")
        return self._staging / f"{name}.part"
