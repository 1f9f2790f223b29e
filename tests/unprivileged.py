"""Processes of one account without privileges, even where root runs the tests."""

from __future__ import annotations

import ctypes
import os

PR_CAPBSET_DROP, HIGHEST_CAPABILITY = 24, 63


def give_up_privileges() -> None:
    """Let the program that is started next have no privilege: for `preexec_fn`.

    The account stays, so that it can read the same files; see capabilities(7).
    """
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for number in range(HIGHEST_CAPABILITY + 1):
            libc.prctl(PR_CAPBSET_DROP, *map(ctypes.c_ulong, (number, 0, 0, 0)))
