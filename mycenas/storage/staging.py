"""Files in staging: counted and hashed while they are written, durable when sealed."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mycenas.storage.files import Files, StorageFailed, storage_errors

Bytes = bytes | bytearray | memoryview

# Originals are evidence: after their writer, no process opens them for writing.
SEALED = 0o400
# First bytes kept in memory, for telling the format by content.
HEAD_BYTES = 12

WINDOW_BYTES = 8 * 1024 * 1024
_WAIT_BEFORE, _WRITE, _WAIT_AFTER = 1, 2, 4
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ESPIPE, errno.EOPNOTSUPP})
# None on systems other than Linux.
_sync_file_range: Any = getattr(
    ctypes.CDLL(None, use_errno=True), "sync_file_range", None
)
if _sync_file_range is not None:
    _sync_file_range.argtypes = [ctypes.c_int, *[ctypes.c_int64] * 2, ctypes.c_uint]


class WriteBack:
    """Keeps at most two windows of one growing file unwritten.

    One fsync after a gigabyte takes half a second and more. Asking the kernel to write
    each full window, and waiting for the window before it, leaves little for that
    fsync, so that the response after the last byte takes the same time for every size.
    Only the fsync gives durability.
    """

    def __init__(self, descriptor: int, start: int = 0) -> None:
        self._descriptor = descriptor
        self._first = self._started = start

    def reached(self, size: int) -> None:
        """Report the file's size; raises OSError if the kernel lost bytes."""
        while _sync_file_range is not None and size - self._started >= WINDOW_BYTES:
            start = self._started
            self._started += WINDOW_BYTES
            self._sync_range(start, _WRITE)
            if start > self._first:
                everything = _WAIT_BEFORE | _WRITE | _WAIT_AFTER
                self._sync_range(start - WINDOW_BYTES, everything)

    def _sync_range(self, start: int, flags: int) -> None:
        """Raises what the kernel reports, as final as an error of fsync.

        The kernel reports a failed write of this file once: if this function ignored
        the error, the later fsync would not report it.
        """
        if _sync_file_range(self._descriptor, start, WINDOW_BYTES, flags) != 0:
            code = ctypes.get_errno()
            if code not in _UNSUPPORTED:
                raise OSError(code, os.strerror(code))


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
        self._files = files
        self._descriptor: int | None = None
        with storage_errors("create a file in staging"):
            self._descriptor = files.create(self.path, SEALED)
        self._append_at(0)

    @property
    def is_open(self) -> bool:
        return self._descriptor is not None

    def write(self, *buffers: Bytes) -> None:
        """Append up to 1024 buffers in one system call."""
        descriptor = self._open_descriptor()
        with self._failing("write to staging"):
            self._write_all(descriptor, [memoryview(buffer) for buffer in buffers])
            self._write_back.reached(self.size)

    def seal(self, mode: int = SEALED) -> StagedFile:
        """Make the bytes durable and close the file."""
        descriptor = self._open_descriptor()
        with self._failing("make a staged file durable"):
            if mode != SEALED:
                self._files.chmod(descriptor, mode)
            self._files.sync(descriptor)
            self._descriptor = None
            self._files.close(descriptor)
        return StagedFile(self.path, self.size, self._digest.hexdigest(), self._head)

    def discard(self) -> None:
        """Remove the file. Safe at any time and more than once."""
        self._close()
        # The sweeper removes a file that cannot be removed now.
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _failing(self, doing: str) -> Iterator[None]:
        try:
            with storage_errors(doing):
                yield
        except StorageFailed:
            self.discard()
            raise

    def _append_at(self, offset: int) -> None:
        self._start = self.size = offset
        self._head = b""
        self._digest = hashlib.sha256()
        self._write_back = WriteBack(self._open_descriptor(), offset)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

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
            while views and written >= len(views[0]):
                written -= len(views.pop(0))
            views[:1] = [view[written:] for view in views[:1]]


class PartialFileLocked(Exception):
    """Another connection or process writes this partial file."""


class PartialFile(StagingWriter):
    """Appends to one partial file under an exclusive lock, held until ``discard``.

    Several connections and processes write it, one at a time. The operating system
    releases the lock when the process ends. ``found`` is the number of bytes in the
    file, durable or not; ``size`` counts from ``begin``. ``discard`` keeps the file.
    """

    def __init__(self, files: Files, path: Path) -> None:
        self.path = path
        self.size = self.found = 0
        self._files = files
        self._descriptor = None
        self._has_durable_name = True
        with storage_errors("open a partial file"):
            self._open_existing()

    def begin(self, offset: int, algorithm: str = "") -> None:
        """Truncate the file to ``offset`` bytes; the next writes append to it.

        ``algorithm`` (of hashlib) digests only the bytes written from now on.
        """
        with storage_errors("continue a partial file"):
            if offset > self.found:
                raise OSError(errno.ENODATA, os.strerror(errno.ENODATA))
            if self._descriptor is None:
                self._create()
            self._files.truncate(self._open_descriptor(), offset)
        self._append_at(offset)
        self._request_digest = hashlib.new(algorithm) if algorithm else None

    def write(self, *buffers: Bytes) -> None:
        if self._request_digest is not None:
            for buffer in buffers:
                self._request_digest.update(buffer)
        super().write(*buffers)

    def request_digest(self) -> bytes:
        """The digest of the bytes written since ``begin``; b'' without an algorithm."""
        return self._request_digest.digest() if self._request_digest else b""

    def sync(self) -> None:
        """Make the bytes written so far durable."""
        with storage_errors("make a partial file durable"):
            self._files.sync(self._open_descriptor())
            if not self._has_durable_name:
                self._files.sync_path(self.path.parent)
                self._has_durable_name = True

    def seal(self, mode: int = SEALED) -> StagedFile:
        """The complete, durable file; the lock stays until ``discard``.

        The name in staging need not survive a power failure: the permanent one does.
        """
        with storage_errors("make a partial file durable"):
            descriptor = self._open_descriptor()
            self._files.chmod(descriptor, mode)
            self._files.sync(descriptor)
            if self._start > 0:
                self._read_all()
        return StagedFile(self.path, self.size, self._digest.hexdigest(), self._head)

    def discard(self) -> None:
        """Release the lock; the bytes stay for the next connection."""
        self._close()

    def _read_all(self) -> None:
        """Digest all bytes, also those of earlier connections."""
        self._digest, self._head = hashlib.sha256(), b""
        for block in self._files.blocks(self.path):
            self._head = self._head or block[:HEAD_BYTES]
            self._digest.update(block)

    def _open_existing(self) -> None:
        try:
            self._descriptor = self._open_file()
        except FileNotFoundError:
            return
        self._lock()
        status = os.fstat(self._open_descriptor())
        with contextlib.suppress(FileNotFoundError):
            if status.st_nlink == 1 and os.path.samestat(status, self.path.lstat()):
                self.found = status.st_size
                return
        # A second name means that it is an original: never write to it.
        self.discard()
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_nlink > 1:
                self._files.remove(self.path)

    def _open_file(self) -> int:
        try:
            return self._files.open_partial(self.path)
        except PermissionError:
            # An attempt that failed later has sealed it.
            if self.path.lstat().st_nlink == 1:
                self.path.chmod(0o600)
            return self._files.open_partial(self.path)

    def _create(self) -> None:
        try:
            self._descriptor = self._files.create(self.path)
        except FileExistsError as error:
            raise PartialFileLocked from error
        self._has_durable_name = False
        self._lock()

    def _lock(self) -> None:
        try:
            self._files.lock(self._open_descriptor())
        except BlockingIOError as error:
            self.discard()
            raise PartialFileLocked from error
