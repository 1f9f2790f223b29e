"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os

# Constants of prctl(2).
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38


def control(*arguments: int) -> None:
    """Call prctl(2); raises OSError on failure."""
    libc = ctypes.CDLL(None, use_errno=True)
    checked(libc.prctl(*in_full(arguments, 5)))


def call(*arguments: int) -> int:
    """Call a system call by its number; see syscall(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return checked(libc.syscall(*in_full(arguments, 7)))


def in_full(arguments: tuple[int, ...], count: int) -> list[ctypes.c_ulong]:
    """Return `count` arguments, each as wide as a register."""
    missing = (0,) * (count - len(arguments))
    return [ctypes.c_ulong(number) for number in arguments + missing]


def checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
