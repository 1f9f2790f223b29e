"""A file that is written by several connections and processes, one at a time."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from pathlib import Path

from mycenas.storage.files import Files, storage_errors, sync_path
from mycenas.storage.staging import HEAD_BYTES, SEALED, Bytes, StagedFile, StagingWriter
from mycenas.storage.writeback import WriteBack


class PartialFileLocked(Exception):
    """Another connection or process writes this partial file."""


class PartialFile(StagingWriter):
    """Appends to one partial file under an exclusive lock, held until ``discard``.

    The operating system releases the lock when the process ends. ``found`` is the
    number of bytes in the file, durable or not; ``size`` counts from ``begin``.
    ``discard`` keeps the file.
    """

    def __init__(self, files: Files, path: Path) -> None:
        self.path = path
        self.size = self.found = 0
        self._files = files
        self._descriptor: int | None = None
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
            descriptor = self._open_descriptor()
            self._files.truncate(descriptor, offset)
        self._start = self.size = offset
        self._head = b""
        self._digest = hashlib.sha256()
        self._request_digest = hashlib.new(algorithm) if algorithm else None
        self._write_back = WriteBack(descriptor, start=offset)

    def write(self, *buffers: Bytes) -> None:
        """Append all bytes of the buffers."""
        if self._request_digest is not None:
            for buffer in buffers:
                self._request_digest.update(buffer)
        super().write(*buffers)

    def request_digest(self) -> bytes:
        """The digest of the bytes written since ``begin``; b'' without an algorithm."""
        return (
            self._request_digest.digest() if self._request_digest is not None else b""
        )

    def sync(self) -> None:
        """Make the bytes written so far durable."""
        with storage_errors("make a partial file durable"):
            self._files.sync(self._open_descriptor())
            if not self._has_durable_name:
                sync_path(self._files, self.path.parent)
                self._has_durable_name = True

    def seal(self, mode: int = SEALED) -> StagedFile:
        """The complete, durable file; the lock stays until ``discard``.

        The name in staging need not survive a power failure: the permanent one does.
        """
        with storage_errors("make a partial file durable"):
            descriptor = self._open_descriptor()
            self._files.chmod(descriptor, mode)
            self._files.sync(descriptor)
            digest = self._whole_digest()
        return StagedFile(self.path, self.size, digest, self._head)

    def discard(self) -> None:
        """Release the lock; the bytes stay for the next connection."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _whole_digest(self) -> str:
        """The digest of all bytes; those of earlier connections are read again."""
        if self._start == 0:
            return self._digest.hexdigest()
        digest, self._head = hashlib.sha256(), b""
        with self._files.opened(self.path) as descriptor:
            while block := self._files.read(descriptor):
                self._head = self._head or block[:HEAD_BYTES]
                digest.update(block)
        return digest.hexdigest()

    def _open_existing(self) -> None:
        try:
            self._descriptor = self._open_file()
        except FileNotFoundError:
            return
        self._lock()
        status = os.fstat(self._open_descriptor())
        if status.st_nlink == 1 and self._is_at_its_name(status):
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

    def _is_at_its_name(self, status: os.stat_result) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(status, self.path.lstat())
        return False

    def _create(self) -> None:
        try:
            self._descriptor = self._files.create(self.path)
        except FileExistsError as error:
            raise PartialFileLocked from error
        self._has_durable_name = False
        self._lock()

    def _lock(self) -> None:
        descriptor = self._open_descriptor()
        try:
            self._files.lock(descriptor)
        except BlockingIOError as error:
            self.discard()
            raise PartialFileLocked from error
