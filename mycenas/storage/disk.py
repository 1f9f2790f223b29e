"""Permanent files on a local file system, beside the staging folder."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from mycenas.storage.backends import StoredFile
from mycenas.storage.files import (
    Files,
    Folders,
    NameTaken,
    durable_move,
    storage_errors,
    sync_path,
)
from mycenas.storage.names import ORIGINALS
from mycenas.storage.staging import StagedFile

PRIVATE, READABLE = 0o700, 0o755


class DiskBackend:
    """Files below ``root``, on the file system where they were staged."""

    def __init__(self, root: Path, files: Files, folders: Folders) -> None:
        self._root = root
        self._files = files
        self._folders = folders

    def keep(self, staged: StagedFile, key: str) -> None:
        target = self.path(key)
        with storage_errors("keep an original"):
            self._ensure_folders(key)
            try:
                durable_move(self._files, staged.path, target)
            except (FileExistsError, FileNotFoundError):
                # An earlier or concurrent attempt has stored a file there.
                self._reuse(target, staged)

    def save(self, staged: StagedFile, key: str) -> None:
        with storage_errors("save a derivative"):
            self._ensure_folders(key)
            durable_move(self._files, staged.path, self.path(key), replace=True)

    def read(self, key: str) -> Iterator[bytes]:
        with storage_errors(f"read {key}", missing=True):
            yield from self._blocks(self.path(key))

    def path(self, key: str) -> Path:
        return self._root / key

    def remove(self, key: str) -> None:
        target = self.path(key)
        with storage_errors("remove a file"):
            try:
                self._files.remove(target)
            except FileNotFoundError:
                return
            sync_path(self._files, target.parent)

    def list_files(self, prefix: str) -> Iterator[StoredFile]:
        with storage_errors(f"list {prefix}"):
            for path in sorted((self._root / prefix).glob("*/*")):
                status = path.lstat()
                key = path.relative_to(self._root).as_posix()
                yield StoredFile(key, status.st_size, status.st_mtime)

    def url(self, key: str, *, file_name: str) -> str:
        return ""

    def problem(self) -> str:
        return ""

    def _ensure_folders(self, key: str) -> None:
        """Create the folders of a key durably; those of originals are private."""
        prefix, mode = self._root / key.partition("/")[0], READABLE
        if prefix.name == ORIGINALS:
            mode = PRIVATE
        self._folders.ensure(prefix, mode)
        self._folders.ensure(self.path(key).parent, mode)

    def _reuse(self, target: Path, staged: StagedFile) -> None:
        digest, size = hashlib.sha256(), 0
        for block in self._blocks(target):
            digest.update(block)
            size += len(block)
        if (size, digest.hexdigest()) != (staged.size, staged.sha256):
            raise NameTaken(f"an original named {target.name} exists, with other bytes")
        sync_path(self._files, target)
        sync_path(self._files, target.parent)
        with contextlib.suppress(FileNotFoundError):
            self._files.remove(staged.path)

    def _blocks(self, path: Path) -> Iterator[bytes]:
        with self._files.opened(path) as descriptor:
            while block := self._files.read(descriptor):
                yield block
