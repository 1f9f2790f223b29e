"""Start write-back to the disk while the bytes arrive.

One fsync after a gigabyte takes half a second and more. Asking the kernel to write
each full window, and waiting for the window before it, leaves at most two windows for
that fsync, so that the response after the last byte takes the same time for every
size. Only the fsync gives durability.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Callable

WINDOW_BYTES = 8 * 1024 * 1024

_WAIT_BEFORE, _WRITE, _WAIT_AFTER = 1, 2, 4
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ESPIPE, errno.EOPNOTSUPP})

SyncFileRange = Callable[[int, int, int, int], int]


def _find_sync_file_range() -> SyncFileRange | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).sync_file_range
    except (AttributeError, OSError):
        return None
    function.argtypes = [
        ctypes.c_int,
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.c_uint,
    ]
    function.restype = ctypes.c_int
    found: SyncFileRange = function
    return found


_sync_file_range = _find_sync_file_range()


def _sync_range(descriptor: int, start: int, length: int, flags: int) -> bool:
    """True if the kernel supports the call; an OSError is as final as one of fsync.

    The kernel reports a failed write of this file once: if this function ignored the
    error, the later fsync would not report it.
    """
    if _sync_file_range is None:
        return False
    if _sync_file_range(descriptor, start, length, flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code))


def _advise(descriptor: int, start: int, length: int) -> None:
    """Start write-back without waiting, on kernels without sync_file_range."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)


class WriteBack:
    """Keeps at most two windows of one growing file unwritten."""

    def __init__(
        self, descriptor: int, window: int = WINDOW_BYTES, *, start: int = 0
    ) -> None:
        self._descriptor = descriptor
        self._window = window
        self._first = self._started = start

    def reached(self, size: int) -> None:
        """Report the file's size; raises OSError if the kernel lost bytes."""
        while size - self._started >= self._window:
            self._start_window()

    def _start_window(self) -> None:
        start, length = self._started, self._window
        self._started += length
        if not _sync_range(self._descriptor, start, length, _WRITE):
            _advise(self._descriptor, start, length)
        elif start > self._first:
            everything = _WAIT_BEFORE | _WRITE | _WAIT_AFTER
            _sync_range(self._descriptor, start - length, length, everything)
