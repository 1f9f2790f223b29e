"""What the kernel is asked to refuse: files by Landlock, and system calls by seccomp.

Landlock removes every right to files, ports and other processes that no rule grants.
There is no rule: the image and its renditions are open already. It also blocks
`/proc/<pid>/mem` and ptrace for processes outside. Seccomp allows the calls of a list,
so that calls of future kernels are refused too; none of them opens a file. Neither
needs a privilege. See prctl(2), syscall(2), landlock(7), landlock_create_ruleset(2),
landlock_restrict_self(2) and seccomp(2).
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

# Constants of prctl(2).
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38

# System calls of Landlock: the same numbers on every machine.
CREATE_RULESET, RESTRICT_SELF = 444, 446
ASK_VERSION = 1
# Number of file rights in each version, from the first to the last known.
FILE_RIGHTS = (13, 14, 15, 15, 16)
PORTS_SINCE, SCOPES_SINCE = 4, 6
# To bind and to connect TCP sockets; abstract sockets and signals.
PORTS, SCOPES = 0b11, 0b11

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


def control(*arguments: int) -> None:
    """Call prctl(2); raises OSError on failure."""
    checked("prctl", arguments)


def call(*arguments: int) -> int:
    """Call a system call by its number; raises OSError on failure."""
    return checked("syscall", arguments)


def checked(name: str, arguments: tuple[int, ...]) -> int:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    # As many arguments as there can be, each as wide as a register.
    answer = int(function(*map(ctypes.c_ulong, (*arguments, *[0] * 7)[:7])))
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


class Ruleset(ctypes.Structure):
    """The rights to remove by Landlock."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("ports", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


def restrict_files() -> None:
    """Open no file from now on; raises OSError without Landlock."""
    if not sys.platform.startswith("linux"):
        raise OSError(f"unknown system: {sys.platform}")
    ruleset = everything(call(CREATE_RULESET, 0, 0, ASK_VERSION))
    size = ctypes.sizeof(ruleset)
    number = call(CREATE_RULESET, ctypes.addressof(ruleset), size, 0)
    try:
        call(RESTRICT_SELF, number, 0)
    finally:
        os.close(number)


def everything(version: int) -> Ruleset:
    """Return all rights of this version; a kernel refuses unknown ones."""
    count = FILE_RIGHTS[min(version, len(FILE_RIGHTS)) - 1]
    return Ruleset(
        (1 << count) - 1,
        PORTS if version >= PORTS_SINCE else 0,
        SCOPES if version >= SCOPES_SINCE else 0,
    )


class FilterProgram(ctypes.Structure):
    """A filter in the kernel's format: number and address of its steps."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def restrict_syscalls() -> None:
    """Refuse all calls but those in `ALLOWED` from now on.

    Unlike a network namespace this works in containers, and also closes the sockets on
    the file system on which PostgreSQL listens.
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
