"""The limits that this process sets itself before any decoder is loaded.

Whatever a picture makes of its decoder, it can use up no more than its share, open no
connection, start no program and touch no other process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys

# Largest rendition that may be written, in bytes.
LARGEST_FILE = 256 * 1024 * 1024

# Of prctl(2) and seccomp(2).
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
FILTER_MODE = 2
LOAD, JUMP_IF_EQUAL, JUMP_IF_GREATER_OR_EQUAL, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # the second answers "not permitted"
WHERE_NUMBER, WHERE_MACHINE = 0, 4
# From here on x86_64 counts its calls once more, for another kind of program.
SECOND_TABLE = 0x40000000

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# System calls that no decoder needs, by their numbers on x86_64 and aarch64; None
# where there is no such call.
FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "io_uring_setup": (425, 425),
    "clone": (56, 220),
    "clone3": (435, 435),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "prlimit64": (302, 261),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "chroot": (161, 51),
    "pivot_root": (155, 41),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
}


class Program(ctypes.Structure):
    """A filter as the kernel wants it: how many steps, and where they are."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def confine(limits: dict[str, int]) -> list[str]:
    """Set all limits of this process for good; says what the system has refused."""
    limit_resources(limits)
    # A parent that was killed cannot stop this process any more: it ends itself.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits["wall_seconds"] + 1)
    refused = []
    for what, act in (
        ("ending with the parent", end_with_parent),
        ("no network and no other processes", forbid_calls),
    ):
        try:
            act()
        except (OSError, AttributeError) as error:
            refused.append(f"{what} ({error})")
    return refused


def limit_resources(limits: dict[str, int]) -> None:
    """Set what may be used up: memory, processor, files, their size, processes."""
    cpu = limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        # Does not bind root, whom `forbid_calls` binds as well.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def end_with_parent() -> None:
    """Ask for SIGKILL as soon as the parent is gone."""
    control(PR_SET_PDEATHSIG, signal.SIGKILL)


def forbid_calls() -> None:
    """Have the kernel refuse the calls in `FORBIDDEN` from now on.

    Unlike a network namespace this needs no privilege, holds in containers, and also
    keeps from the sockets on the file system behind which PostgreSQL listens.
    """
    steps = filter_steps(os.uname().machine)
    program = Program(len(steps) // 8, steps)
    control(PR_SET_NO_NEW_PRIVS, 1)
    control(PR_SET_SECCOMP, FILTER_MODE, ctypes.addressof(program))


def control(*arguments: int) -> None:
    """Call prctl(2); OSError when the system says no."""
    libc = ctypes.CDLL(None, use_errno=True)
    padded = [*arguments, 0, 0, 0, 0][:5]
    if libc.prctl(*(ctypes.c_ulong(number) for number in padded)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def filter_steps(machine: str) -> bytes:
    """Return the filter as machine code of the kernel's packet filter."""
    if not sys.platform.startswith("linux") or machine not in MACHINES:
        raise OSError(f"unknown system: {sys.platform} on {machine}")
    column, number = MACHINES[machine]
    calls = [pair[column] for pair in FORBIDDEN.values()]
    known = [call for call in calls if call is not None]
    refuse = len(known) + 1
    steps = [
        step(LOAD, WHERE_MACHINE),
        step(JUMP_IF_EQUAL, number, otherwise=refuse + 2),
        step(LOAD, WHERE_NUMBER),
        step(JUMP_IF_GREATER_OR_EQUAL, SECOND_TABLE, then=refuse),
        *(
            step(JUMP_IF_EQUAL, call, then=len(known) - place)
            for place, call in enumerate(known)
        ),
        step(RETURN, ALLOW),
        step(RETURN, REFUSE),
    ]
    return b"".join(steps)


def step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """Return one step: what to do, how many steps to leap, and the number."""
    return struct.pack("HBBI", code, then, otherwise, value)
