"""A file that comes in pieces, over several connections and processes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from pathlib import Path

from submissions.formats import HEAD_BYTES
from submissions.storage.files import Files, storage_errors, sync_path
from submissions.storage.staging import SEALED, Bytes, StagedFile, StagingWriter
from submissions.storage.writeback import WriteBack


class PartTaken(Exception):
    """Another connection, perhaps of another process, writes this part now."""


class PartWriter(StagingWriter):
    """Appends to one part and keeps everybody else from it until ``discard``.

    A lock of the operating system guards the file: it ends with the process, however
    that ends. ``found`` is how many bytes lie there, durable or not; ``size`` counts
    from ``begin``. Letting go keeps the file.
    """

    def __init__(self, files: Files, path: Path) -> None:
        self.path = path
        self.size = self.found = 0
        self._files = files
        self._descriptor: int | None = None
        self._has_durable_name = True
        with storage_errors("open a part"):
            self._open_existing()

    def begin(self, offset: int, algorithm: str = "") -> None:
        """Cut the part to ``offset`` bytes; what comes now is appended.

        ``algorithm`` (of hashlib) digests what comes now apart from the rest.
        """
        with storage_errors("continue a part"):
            if offset > self.found:
                raise OSError(errno.ENODATA, os.strerror(errno.ENODATA))
            if self._descriptor is None:
                self._create()
            descriptor = self._open_descriptor()
            self._files.truncate(descriptor, offset)
        self._start = self.size = offset
        self._head = b""
        self._digest = hashlib.sha256()
        self._piece = hashlib.new(algorithm) if algorithm else None
        self._write_back = WriteBack(descriptor, start=offset)

    def write(self, *pieces: Bytes) -> None:
        """Append pieces, all of them."""
        if self._piece is not None:
            for piece in pieces:
                self._piece.update(piece)
        super().write(*pieces)

    def piece_digest(self) -> bytes:
        """Of what came since ``begin``; b'' without an algorithm."""
        return self._piece.digest() if self._piece is not None else b""

    def sync(self) -> None:
        """Make durable what was written so far."""
        with storage_errors("make a part durable"):
            self._files.sync(self._open_descriptor())
            if not self._has_durable_name:
                sync_path(self._files, self.path.parent)
                self._has_durable_name = True

    def seal(self, mode: int = SEALED) -> StagedFile:
        """The whole durable file; the lock stays, so that nobody else begins.

        Its name here need not outlive a power cut: the lasting one will.
        """
        with storage_errors("make a part durable"):
            descriptor = self._open_descriptor()
            self._files.chmod(descriptor, mode)
            self._files.sync(descriptor)
            digest = self._whole_digest()
        return StagedFile(self.path, self.size, digest, self._head)

    def discard(self) -> None:
        """Let go; the bytes stay for the next connection."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _whole_digest(self) -> str:
        """Of all bytes: those of earlier connections are read again."""
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
        # With a second name it is an original already, and nobody writes to it.
        self.discard()
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_nlink > 1:
                self._files.remove(self.path)

    def _open_file(self) -> int:
        try:
            return self._files.open_part(self.path)
        except PermissionError:
            # Sealed by an attempt that got no further.
            if self.path.lstat().st_nlink == 1:
                self.path.chmod(0o600)
            return self._files.open_part(self.path)

    def _is_at_its_name(self, status: os.stat_result) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(status, self.path.lstat())
        return False

    def _create(self) -> None:
        try:
            self._descriptor = self._files.create(self.path)
        except FileExistsError as error:
            raise PartTaken from error
        self._has_durable_name = False
        self._lock()

    def _lock(self) -> None:
        descriptor = self._open_descriptor()
        try:
            self._files.lock(descriptor)
        except BlockingIOError as error:
            self.discard()
            raise PartTaken from error
