"""A file on its way in: written once, counted and hashed as it comes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from submissions.formats import HEAD_BYTES
from submissions.storage.files import Files, StorageFailed, storage_errors
from submissions.storage.writeback import WriteBack

Bytes = bytes | bytearray | memoryview

# Originals are evidence: nobody but their writer ever opens them for writing.
SEALED = 0o400


@dataclass(frozen=True)
class StagedFile:
    """A whole file whose bytes are durable, without a lasting name yet.

    ``size`` is in bytes, ``sha256`` in lower-case hexadecimal digits, ``head`` are the
    first bytes.
    """

    path: Path
    size: int
    sha256: str
    head: bytes


class StagingWriter:
    """Writes one new file in staging; for threads, one at a time.

    Any error of the file system removes the file and is raised as StorageFailed.
    """

    def __init__(self, files: Files, folder: Path) -> None:
        self.path = folder / secrets.token_hex(20)
        self.size = 0
        self._head = b""
        self._files = files
        self._digest = hashlib.sha256()
        with storage_errors("create a file in staging"):
            self._descriptor: int | None = files.create(self.path, SEALED)
        self._write_back = WriteBack(self._open_descriptor())

    @property
    def is_open(self) -> bool:
        """Whether it still holds its file."""
        return self._descriptor is not None

    def write(self, *pieces: Bytes) -> None:
        """Append pieces, all of them and in one call, which takes up to 1024."""
        descriptor = self._open_descriptor()
        try:
            with storage_errors("write to staging"):
                self._write_all(descriptor, [memoryview(piece) for piece in pieces])
                self._write_back.reached(self.size)
        except StorageFailed:
            self.discard()
            raise

    def seal(self, mode: int = SEALED) -> StagedFile:
        """Make the bytes durable and close; nothing can be written afterwards."""
        descriptor = self._open_descriptor()
        try:
            with storage_errors("make a staged file durable"):
                if mode != SEALED:
                    self._files.chmod(descriptor, mode)
                self._files.sync(descriptor)
                self._descriptor = None
                self._files.close(descriptor)
        except StorageFailed:
            self.discard()
            raise
        return StagedFile(self.path, self.size, self._digest.hexdigest(), self._head)

    def discard(self) -> None:
        """Keep nothing. May be called at any time and more than once."""
        descriptor, self._descriptor = self._descriptor, None
        with contextlib.suppress(OSError):
            if descriptor is not None:
                os.close(descriptor)
        # What cannot be removed now is found by the sweeper.
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError("this staged file is closed")
        return self._descriptor

    def _write_all(self, descriptor: int, views: list[memoryview]) -> None:
        for view in views:
            self._digest.update(view)
            if len(self._head) < HEAD_BYTES:
                self._head += view[: HEAD_BYTES - len(self._head)]
        left = sum(map(len, views))
        while left:
            written = self._files.write(descriptor, views)
            if written <= 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            self.size += written
            left -= written
            views = _behind(views, written)


def _behind(views: list[memoryview], count: int) -> list[memoryview]:
    """What follows the first ``count`` bytes."""
    left = []
    for view in views:
        skipped = min(count, len(view))
        count -= skipped
        if skipped < len(view):
            left.append(view[skipped:])
    return left
