"""Permanent files on a local file system, beside the staging folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from mycenas.storage.files import (
    FileFacts,
    Files,
    NameTaken,
    StoredFile,
    storage_errors,
)
from mycenas.storage.staging import StagedFile

ORIGINALS = "originals"
EXPORTS = "exports"
PRIVATE, READABLE = 0o700, 0o755


class DiskBackend:
    """Files below ``root``, on the file system where they were staged.

    This is the interface of `BucketBackend` too. A *key* is a prefix and a name, with
    forward slashes. Every failure is raised as StorageFailed. Synchronous and safe to
    use from several threads and processes at once.
    """

    def __init__(self, root: Path, files: Files) -> None:
        self._root = root
        self._files = files

    def keep(self, staged: StagedFile, key: str) -> None:
        """Store a staged file under a new key; durable when it returns.

        The same bytes, stored by an earlier attempt, are verified and reused; other
        bytes stay and raise NameTaken. The staged file is consumed.
        """
        target = self.path(key)
        with storage_errors("keep an original"):
            self._ensure_folders(key)
            try:
                self._files.move(staged.path, target)
            except (FileExistsError, FileNotFoundError):
                # An earlier or concurrent attempt has stored a file there.
                self._reuse(target, staged)

    def save(self, staged: StagedFile, key: str) -> None:
        """Store a file that can be made again; an older one is replaced."""
        with storage_errors("save a derivative"):
            self._ensure_folders(key)
            self._files.move(staged.path, self.path(key), replace=True)

    def read(self, key: str) -> Iterator[bytes]:
        """The bytes in blocks; FileNotFoundError at the first if there is no file."""
        with storage_errors(f"read {key}", missing=True):
            yield from self._files.blocks(self.path(key))

    def path(self, key: str) -> Path:
        """The file's path on this machine, for reading; raises NotLocal otherwise."""
        return self._root / key

    def remove(self, key: str) -> None:
        """Remove a file; a missing file is no error."""
        target = self.path(key)
        with storage_errors("remove a file"), contextlib.suppress(FileNotFoundError):
            self._files.remove(target)
            self._files.sync_path(target.parent)

    def list_files(self, prefix: str) -> Iterator[StoredFile]:
        """All files below a prefix, in the order of their keys."""
        with storage_errors(f"list {prefix}"):
            folder = self._root / prefix
            flat = (path for path in folder.glob("*") if not path.is_dir())
            for path in sorted([*flat, *folder.glob("*/*")]):
                status = path.lstat()
                key = path.relative_to(self._root).as_posix()
                yield StoredFile(key, status.st_size, status.st_mtime)

    def url(self, key: str, *, file_name: str) -> str:
        """A URL valid for one minute; '' if the backend has none."""
        return ""

    def problem(self) -> str:
        """Why files can be neither stored nor read now, as a sentence; else ''."""
        return ""

    def _ensure_folders(self, key: str) -> None:
        """Create the folders of a key durably; originals and exports are private."""
        prefix = self._root / key.partition("/")[0]
        mode = PRIVATE if prefix.name in (ORIGINALS, EXPORTS) else READABLE
        self._files.ensure_folder(prefix, mode)
        self._files.ensure_folder(self.path(key).parent, mode)

    def _reuse(self, target: Path, staged: StagedFile) -> None:
        if FileFacts.of(self._files.blocks(target)) != (staged.size, staged.sha256):
            raise NameTaken(f"an original named {target.name} exists, with other bytes")
        self._files.sync_path(target)
        self._files.sync_path(target.parent)
        with contextlib.suppress(FileNotFoundError):
            self._files.remove(staged.path)
