"""Durable file operations: no other module syncs, links or renames files."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError

# Bytes per read when a file is hashed or copied.
BLOCK_BYTES = 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageFailed(ProblemError):
    """The disk or the object storage failed; the bytes do not count as stored.

    ``full`` is true if space or a quota ran out. Do not retry here: after a failed
    fsync the kernel may mark lost pages as clean. The message is for the log; the
    page shows the text below and sends Retry-After.
    """

    status = 503
    code = "storage_unavailable"
    retry_after = 30

    def __init__(self, message: str, *, full: bool = False) -> None:
        super().__init__(
            _("The files cannot be reached just now. Try again in half a minute.")
        )
        self.args = (message,)
        self.full = full


class NameTaken(StorageFailed):
    """A file with other bytes has this name; it stays unchanged."""


class BadName(ValueError):
    """A name that this store has not issued."""


class NotLocal(Exception):
    """The file is not on this machine; fetch it first."""


@dataclass(frozen=True)
class StoredFile:
    """One line of a listing; ``size`` is in bytes, ``changed_at`` is Unix time."""

    key: str
    size: int
    changed_at: float


class FileFacts(NamedTuple):
    """Size in bytes and SHA-256 in hexadecimal, computed from a file's bytes."""

    size: int
    sha256: str

    @classmethod
    def of(cls, blocks: Iterable[bytes]) -> FileFacts:
        digest, size = hashlib.sha256(), 0
        for block in blocks:
            digest.update(block)
            size += len(block)
        return cls(size, digest.hexdigest())


@contextlib.contextmanager
def storage_errors(doing: str, *, missing: bool = False) -> Iterator[None]:
    """Raise StorageFailed for an OSError; ``doing`` names the failed operation.

    With ``missing`` a FileNotFoundError is raised unchanged.
    """
    try:
        yield
    except OSError as error:
        if missing and isinstance(error, FileNotFoundError):
            raise
        message = f"{doing}: {error.strerror or error}"
        raise StorageFailed(message, full=error.errno in FULL) from error


class Files:
    """All system calls between the first byte and the acknowledgment.

    One class holds them, so that tests can make any one of them fail.
    """

    def __init__(self) -> None:
        self._durable_folders: set[Path] = set()

    def create(self, path: Path, mode: int = 0o600) -> int:
        """Create a file for writing; ``mode`` holds for later opens."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags, mode)

    def open(self, path: Path) -> int:
        """Open for reading; a symbolic link is an error."""
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def open_partial(self, path: Path) -> int:
        """Open an unfinished file for appending; a symbolic link is an error."""
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags)

    def lock(self, descriptor: int) -> None:
        """Lock the file exclusively; BlockingIOError if it is locked."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def write(self, descriptor: int, buffers: list[memoryview]) -> int:
        """Append the buffers in order; returns the number of bytes written."""
        return os.writev(descriptor, buffers)

    def read(self, descriptor: int) -> bytes:
        return os.read(descriptor, BLOCK_BYTES)

    def chmod(self, descriptor: int, mode: int) -> None:
        os.fchmod(descriptor, mode)

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def make_folder(self, path: Path, mode: int) -> None:
        path.mkdir(mode)

    def link(self, source: Path, target: Path) -> None:
        """Add a second name to a file; an existing target raises FileExistsError."""
        os.link(source, target, follow_symlinks=False)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def remove(self, path: Path) -> None:
        path.unlink()

    # --- made of the calls above

    @contextlib.contextmanager
    def opened(self, path: Path) -> Iterator[int]:
        descriptor = self.open(path)
        try:
            yield descriptor
        finally:
            self.close(descriptor)

    def blocks(self, path: Path) -> Iterator[bytes]:
        with self.opened(path) as descriptor:
            while block := self.read(descriptor):
                yield block

    def sync_path(self, path: Path) -> None:
        """Make a file's bytes, or a folder's entries, survive a power failure."""
        with self.opened(path) as descriptor:
            self.sync(descriptor)

    def move(self, source: Path, target: Path, *, replace: bool = False) -> None:
        """Move a synced file to its permanent name, within one file system.

        Without ``replace`` an existing target raises FileExistsError. The old name is
        removed last, so that the bytes keep a name if any step fails.
        """
        if replace:
            self.replace(source, target)
            self.sync_path(target.parent)
            return
        self.link(source, target)
        self.sync_path(target.parent)
        # The sweeper removes a second name that stays in staging.
        with contextlib.suppress(OSError):
            self.remove(source)

    def ensure_folder(self, path: Path, mode: int) -> None:
        """Create a folder on demand; its entry is made durable once per process.

        An existing folder is synced too: the process that created it may have crashed
        before its sync.
        """
        if path in self._durable_folders:
            return
        if not path.parent.exists():
            self.ensure_folder(path.parent, 0o755)
        with contextlib.suppress(FileExistsError):
            self.make_folder(path, mode)
        self.sync_path(path.parent)
        self._durable_folders.add(path)
