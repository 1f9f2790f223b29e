"""Limits that the child sets for itself before it reads the image.

An image that takes over its decoder can use no more than its share of the machine, open
no file and no connection, start no program and reach no other process.
"""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Callable
from functools import partial

from mycenas.imaging.sandbox.kernel import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    control,
    restrict_files,
    restrict_syscalls,
)

# Largest rendition that may be written, in bytes.
LARGEST_FILE = 256 * 1024 * 1024


def limit_resources(limits: dict[str, int]) -> list[str]:
    """Set irrevocable limits; returns those that the system cannot enforce."""
    set_resource_limits(limits)
    # If the parent was killed, this process ends itself.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits["wall_seconds"] + 1)
    end_with_parent = partial(control, PR_SET_PDEATHSIG, signal.SIGKILL)
    return refusals({"ending with the parent": end_with_parent})


def enter_sandbox() -> list[str]:
    """Give up all rights that decoding does not need, irrevocably.

    All code is loaded and all files are open by now. Returns the restrictions that the
    system cannot enforce.
    """
    return refusals(
        {
            "keeping others out of its memory": partial(control, PR_SET_DUMPABLE, 0),
            # Seccomp and Landlock require this.
            "no new privileges": partial(control, PR_SET_NO_NEW_PRIVS, 1),
            "no files and no other processes, by Landlock": restrict_files,
            "no files, network and other processes, by seccomp": restrict_syscalls,
        }
    )


def refusals(steps: dict[str, Callable[[], None]]) -> list[str]:
    """Run each step; returns those that failed, with the reason."""
    refused = []
    for what, act in steps.items():
        try:
            act()
        except (OSError, AttributeError) as error:
            refused.append(f"{what} ({error})")
    return refused


def set_resource_limits(limits: dict[str, int]) -> None:
    """Limit memory, processor time, open files, file size and processes."""
    cpu = limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        # This does not limit root; `restrict_syscalls` does.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
