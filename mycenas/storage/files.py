"""Durable file operations: no other module syncs, links or renames files."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import Refused

# Bytes per read when a file is hashed or copied.
BLOCK_BYTES = 1024 * 1024

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageFailed(Refused):
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

    @contextlib.contextmanager
    def opened(self, path: Path) -> Iterator[int]:
        descriptor = self.open(path)
        try:
            yield descriptor
        finally:
            self.close(descriptor)


def sync_path(files: Files, path: Path) -> None:
    """Make a file's bytes, or a folder's entries, survive a power failure."""
    with files.opened(path) as descriptor:
        files.sync(descriptor)


def durable_move(
    files: Files, source: Path, target: Path, *, replace: bool = False
) -> None:
    """Move a synced file to its permanent name, within one file system.

    Without ``replace`` an existing target raises FileExistsError. The old name is
    removed last, so that the bytes keep a name if any step fails.
    """
    if replace:
        files.replace(source, target)
        sync_path(files, target.parent)
        return
    files.link(source, target)
    sync_path(files, target.parent)
    # The sweeper removes a second name that stays in staging.
    with contextlib.suppress(OSError):
        files.remove(source)


class Folders:
    """Creates folders on demand and makes their entries durable once per process.

    An existing folder is synced too: the process that created it may have crashed
    before its sync.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._durable: set[Path] = set()

    def ensure(self, path: Path, mode: int) -> None:
        if path in self._durable:
            return
        if not path.parent.exists():
            self.ensure(path.parent, 0o755)
        with contextlib.suppress(FileExistsError):
            self._files.make_folder(path, mode)
        sync_path(self._files, path.parent)
        self._durable.add(path)


def nearest_volume(folder: Path) -> os.statvfs_result:
    """The volume of a folder, which need not exist yet."""
    try:
        return os.statvfs(folder)
    except FileNotFoundError:
        return nearest_volume(folder.parent)
