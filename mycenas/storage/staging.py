"""A new file in staging: written once, counted and hashed while it is written."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from mycenas.storage.files import Files, StorageFailed, storage_errors
from mycenas.storage.writeback import WriteBack

Bytes = bytes | bytearray | memoryview

# Originals are evidence: after their writer, no process opens them for writing.
SEALED = 0o400
# First bytes kept in memory, for telling the format by content.
HEAD_BYTES = 12


@dataclass(frozen=True)
class StagedFile:
    """A complete file with durable bytes and without a permanent name.

    ``size`` is in bytes, ``sha256`` in lower-case hexadecimal digits, ``head`` are the
    first bytes.
    """

    path: Path
    size: int
    sha256: str
    head: bytes


class StagingWriter:
    """Writes one new file in staging; not thread-safe.

    An error of the file system removes the file and raises StorageFailed.
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
        """Whether the file is open."""
        return self._descriptor is not None

    def write(self, *buffers: Bytes) -> None:
        """Append up to 1024 buffers in one system call."""
        descriptor = self._open_descriptor()
        try:
            with storage_errors("write to staging"):
                self._write_all(descriptor, [memoryview(buffer) for buffer in buffers])
                self._write_back.reached(self.size)
        except StorageFailed:
            self.discard()
            raise

    def seal(self, mode: int = SEALED) -> StagedFile:
        """Make the bytes durable and close the file."""
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
        """Remove the file. Safe at any time and more than once."""
        descriptor, self._descriptor = self._descriptor, None
        with contextlib.suppress(OSError):
            if descriptor is not None:
                os.close(descriptor)
        # The sweeper removes a file that cannot be removed now.
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
            views = _after(views, written)


def _after(views: list[memoryview], count: int) -> list[memoryview]:
    """The buffers without their first ``count`` bytes."""
    left = []
    for view in views:
        skipped = min(count, len(view))
        count -= skipped
        if skipped < len(view):
            left.append(view[skipped:])
    return left
