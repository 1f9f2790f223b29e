"""Refuse every system call that decoding does not need, by seccomp.

The list names the allowed calls, so that calls of future kernels are refused too. None
of them opens a file: the image and its renditions are open already. See seccomp(2),
and for the numbers syscall(2) and the tables of the kernel.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

from mycenas.imaging.sandbox.kernel import PR_SET_SECCOMP, control

FILTER_MODE = 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # the second returns EPERM
WHERE_NUMBER, WHERE_MACHINE = 0, 4

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# Numbers on x86_64 and aarch64; None where the call does not exist. Frequent calls
# come first.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "mprotect": (10, 226),
    "write": (1, 64),
    "close": (3, 57),
    "futex": (202, 98),
    "fstat": (5, 80),
    "readv": (19, 65),
    "writev": (20, 66),
    "clock_gettime": (228, 113),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrandom": (318, 278),
    "sched_yield": (24, 124),
    "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "exit": (60, 93),
    "exit_group": (231, 94),
}


class FilterProgram(ctypes.Structure):
    """A filter in the kernel's format: number and address of its steps."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def restrict_syscalls() -> None:
    """Refuse all calls but those in `ALLOWED` from now on.

    Unlike a network namespace this needs no privilege, works in containers, and also
    closes the sockets on the file system on which PostgreSQL listens.
    """
    steps = filter_steps(os.uname().machine)
    program = FilterProgram(len(steps) // 8, steps)
    control(PR_SET_SECCOMP, FILTER_MODE, ctypes.addressof(program))


def filter_steps(machine: str) -> bytes:
    """Return the filter as code of the kernel's packet filter (BPF)."""
    if not sys.platform.startswith("linux") or machine not in MACHINES:
        raise OSError(f"unknown system: {sys.platform} on {machine}")
    column, number = MACHINES[machine]
    numbers = [pair[column] for pair in ALLOWED.values()]
    known = [call for call in numbers if call is not None]
    steps = [
        step(LOAD, WHERE_MACHINE),
        step(JUMP_IF_EQUAL, number, otherwise=len(known) + 1),
        step(LOAD, WHERE_NUMBER),
        # Numbers of the x32 interface of x86_64 are not in the list.
        *(
            step(JUMP_IF_EQUAL, call, then=len(known) - index)
            for index, call in enumerate(known)
        ),
        step(RETURN, REFUSE),
        step(RETURN, ALLOW),
    ]
    return b"".join(steps)


def step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """Return one instruction: code, steps to jump, operand."""
    return struct.pack("HBBI", code, then, otherwise, value)
