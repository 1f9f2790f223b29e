"""Durable steps on the file system: nothing else here syncs, links or renames."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from mycenas.core.errors import Refused

# Bytes read at once when a file is hashed or copied.
STEP = 1024 * 1024

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageFailed(Refused):
    """The disk or the object storage refused; nothing may be taken as stored.

    ``full`` tells that space (or a quota) ran out. Never retried here: after a failed
    fsync the kernel may call lost pages clean. The message is for the log; people are
    told when to come back.
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
    """Another file with other bytes has this name already; it stays as it is."""


class BadName(ValueError):
    """A storage name that this store cannot have given out."""


@contextlib.contextmanager
def storage_errors(doing: str, *, missing: bool = False) -> Iterator[None]:
    """Turn an OSError into StorageFailed, saying what was being done.

    With ``missing`` a file that is not there stays a FileNotFoundError.
    """
    try:
        yield
    except OSError as error:
        if missing and isinstance(error, FileNotFoundError):
            raise
        message = f"{doing}: {error.strerror or error}"
        raise StorageFailed(message, full=error.errno in FULL) from error


class Files:
    """The calls to the operating system that can fail between a byte and its receipt.

    One seam for all of them, so that tests can make the first, second, third … fail.
    """

    def create(self, path: Path, mode: int = 0o600) -> int:
        """Open a file that did not exist, for writing; ``mode`` is for all others."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags, mode)

    def open(self, path: Path) -> int:
        """Open for reading; a symbolic link is an error."""
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def open_part(self, path: Path) -> int:
        """Open an unfinished file for appending; a symbolic link is an error."""
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags)

    def lock(self, descriptor: int) -> None:
        """Take the file for ourselves alone; BlockingIOError if somebody has it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def write(self, descriptor: int, pieces: list[memoryview]) -> int:
        """Append pieces, one after the other; how many bytes of them were taken."""
        return os.writev(descriptor, pieces)

    def read(self, descriptor: int) -> bytes:
        return os.read(descriptor, STEP)

    def chmod(self, descriptor: int, mode: int) -> None:
        os.fchmod(descriptor, mode)

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def make_folder(self, path: Path, mode: int) -> None:
        path.mkdir(mode)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; an existing name is refused, never replaced."""
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
    """Make a file's bytes, or a folder's names, outlive a power cut."""
    with files.opened(path) as descriptor:
        files.sync(descriptor)


def durable_move(
    files: Files, source: Path, target: Path, *, replace: bool = False
) -> None:
    """Move a synced file to its name for good, within one file system.

    Without ``replace`` an existing target raises FileExistsError. The old name of a
    kept file goes last: whatever fails before, the bytes still have a name.
    """
    if replace:
        files.replace(source, target)
        sync_path(files, target.parent)
        return
    files.link(source, target)
    sync_path(files, target.parent)
    # A leftover second name in staging is harmless and swept later.
    with contextlib.suppress(OSError):
        files.remove(source)


class Folders:
    """Makes folders on demand, and their names durable once per process.

    A folder found in place is synced too: whoever made it may not have come so far.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._durable: set[Path] = set()

    def settle(self, path: Path, mode: int) -> None:
        if path in self._durable:
            return
        if not path.parent.exists():
            self.settle(path.parent, 0o755)
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
