"""The limits that this process sets itself before it reads a byte of the picture.

Whatever a picture makes of its decoder, it can use up no more than its share, open no
file and no connection, start no program and touch no other process.
"""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Callable

from submissions.processing.darkroom.calls import give_up_calls
from submissions.processing.darkroom.kernel import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    control,
)
from submissions.processing.darkroom.landlock import give_up_files

# Largest rendition that may be written, in bytes.
LARGEST_FILE = 256 * 1024 * 1024


def limit(limits: dict[str, int]) -> list[str]:
    """Set what may be used up, for good; says what the system has refused."""
    limit_resources(limits)
    # A parent that was killed cannot stop this process any more: it ends itself.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits["wall_seconds"] + 1)
    return refusals({"ending with the parent": end_with_parent})


def confine() -> list[str]:
    """Give up all that decoding does not need, for good; says what was refused.

    Everything that is needed is loaded and open by now.
    """
    return refusals(
        {
            "keeping others out of its memory": refuse_inspection,
            "no new privileges": refuse_privileges,
            "no files and no other processes, by Landlock": give_up_files,
            "no files, network and other processes, by seccomp": give_up_calls,
        }
    )


def refusals(steps: dict[str, Callable[[], None]]) -> list[str]:
    """Take each step; returns those that the system does not know, with its reason."""
    refused = []
    for what, act in steps.items():
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
        # Does not bind root, whom `give_up_calls` binds as well.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def end_with_parent() -> None:
    """Ask for SIGKILL as soon as the parent is gone."""
    control(PR_SET_PDEATHSIG, signal.SIGKILL)


def refuse_inspection() -> None:
    """Keep decoders of other pictures out of this one."""
    control(PR_SET_DUMPABLE, 0)


def refuse_privileges() -> None:
    """Gain none by starting a program; both sandboxes ask for this first."""
    control(PR_SET_NO_NEW_PRIVS, 1)
