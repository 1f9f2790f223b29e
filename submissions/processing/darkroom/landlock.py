"""Give up every file, every port and every other process, by Landlock.

Rights that no rule gives back are lost. There is no rule: the picture and its
renditions are open already. Landlock also closes `/proc/<pid>/mem` and ptrace for
processes outside, in whatever way they were reached, and needs no privilege. See
landlock(7), landlock_create_ruleset(2) and landlock_restrict_self(2).
"""

from __future__ import annotations

import ctypes
import os
import sys

from submissions.processing.darkroom.kernel import call

# The same on every machine.
CREATE_RULESET, RESTRICT_SELF = 444, 446
ASK_VERSION = 1
# How many rights to files each version knows, from the first; then all of the last.
FILE_RIGHTS = (13, 14, 15, 15, 16)
PORTS_SINCE, SCOPES_SINCE = 4, 6
# To bind and to connect TCP sockets; abstract sockets and signals.
PORTS, SCOPES = 0b11, 0b11


class Ruleset(ctypes.Structure):
    """What is given up."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("ports", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


def give_up_files() -> None:
    """Open nothing from now on; OSError where there is no Landlock."""
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
    """Return all rights that this version knows; a kernel refuses others."""
    count = FILE_RIGHTS[min(version, len(FILE_RIGHTS)) - 1]
    return Ruleset(
        (1 << count) - 1,
        PORTS if version >= PORTS_SINCE else 0,
        SCOPES if version >= SCOPES_SINCE else 0,
    )
