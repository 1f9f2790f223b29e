"""The site. A process that imports it knows its secrets, and lets no other look in.

A process that Linux calls not dumpable is opened to none but a privileged one: not by
ptrace, not through `/proc/<pid>/mem`, `/proc/<pid>/environ` or `/proc/<pid>/fd`, and it
leaves no core dump. A fork inherits this, a program that is started does not. See
PR_SET_DUMPABLE in prctl(2), and ptrace(2).
"""

from __future__ import annotations

import ctypes
import sys

PR_SET_DUMPABLE = 4

# Only Linux can be asked.
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, *(ctypes.c_ulong(0),) * 4)
