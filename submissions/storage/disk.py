"""Lasting files in folders of this machine, the staging folder beside them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from submissions.storage.files import (
    Files,
    Folders,
    NameTaken,
    durable_move,
    storage_errors,
    sync_path,
)
from submissions.storage.names import ORIGINALS
from submissions.storage.staging import StagedFile
from submissions.storage.vault import Stored

PRIVATE, READABLE = 0o700, 0o755


class DiskVault:
    """Files below ``root``, on the file system where they were staged."""

    def __init__(self, root: Path, files: Files, folders: Folders) -> None:
        self._root = root
        self._files = files
        self._folders = folders

    def keep(self, staged: StagedFile, place: str) -> None:
        target = self.path(place)
        with storage_errors("keep an original"):
            self._settle(place)
            try:
                durable_move(self._files, staged.path, target)
            except (FileExistsError, FileNotFoundError):
                # Somebody was first, or an earlier attempt has come as far as this.
                self._take_over(target, staged)

    def save(self, staged: StagedFile, place: str) -> None:
        with storage_errors("save a derivative"):
            self._settle(place)
            durable_move(self._files, staged.path, self.path(place), replace=True)

    def read(self, place: str) -> Iterator[bytes]:
        with storage_errors(f"read {place}", missing=True):
            yield from self._blocks(self.path(place))

    def path(self, place: str) -> Path:
        return self._root / place

    def remove(self, place: str) -> None:
        target = self.path(place)
        with storage_errors("remove a file"):
            try:
                self._files.remove(target)
            except FileNotFoundError:
                return
            sync_path(self._files, target.parent)

    def listed(self, shelf: str) -> Iterator[Stored]:
        with storage_errors(f"list {shelf}"):
            for path in sorted((self._root / shelf).glob("*/*")):
                status = path.lstat()
                place = path.relative_to(self._root).as_posix()
                yield Stored(place, status.st_size, status.st_mtime)

    def address(self, place: str, *, file_name: str) -> str:
        return ""

    def problem(self) -> str:
        return ""

    def _settle(self, place: str) -> None:
        """Make the folders above a place, durably; those of originals are private."""
        shelf, mode = self._root / place.partition("/")[0], READABLE
        if shelf.name == ORIGINALS:
            mode = PRIVATE
        self._folders.settle(shelf, mode)
        self._folders.settle(self.path(place).parent, mode)

    def _take_over(self, target: Path, staged: StagedFile) -> None:
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
