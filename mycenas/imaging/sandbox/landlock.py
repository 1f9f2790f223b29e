"""Give up access to all files, ports and other processes, by Landlock.

Landlock removes every right that no rule grants. There is no rule: the image and its
renditions are open already. It also blocks `/proc/<pid>/mem` and ptrace for processes
outside, and needs no privilege. See
landlock(7), landlock_create_ruleset(2) and landlock_restrict_self(2).
"""

from __future__ import annotations

import ctypes
import os
import sys

from mycenas.imaging.sandbox.kernel import call

# The same on every machine.
CREATE_RULESET, RESTRICT_SELF = 444, 446
ASK_VERSION = 1
# Number of file rights in each version, from the first to the last known.
FILE_RIGHTS = (13, 14, 15, 15, 16)
PORTS_SINCE, SCOPES_SINCE = 4, 6
# To bind and to connect TCP sockets; abstract sockets and signals.
PORTS, SCOPES = 0b11, 0b11


class Ruleset(ctypes.Structure):
    """The rights to remove."""

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
