"""Decode one picture and write its renditions, as a process of its own.

Started by `pictures.develop`. One JSON request comes as the only argument; one JSON
line leaves on standard output: `{"picture": {...}}`, or `{"unreadable": {...}}` when
the file itself is at fault. Anything else (a signal, another exit code) means that
the decoder died, and the parent may try again.
"""

from __future__ import annotations

import json
import resource
import signal
import sys

# Largest rendition that may be written, in bytes.
LARGEST_FILE = 256 * 1024 * 1024


def main() -> None:
    """Confine this process, develop the picture, print one line."""
    request = json.loads(sys.argv[1])
    confine(request["limits"])
    # Loaded late, so that the limits already hold when the decoders come in.
    from submissions.processing.darkroom.developing import answer  # noqa: PLC0415

    sys.stdout.write(json.dumps(answer(request)) + "\n")


def confine(limits: dict[str, int]) -> None:
    """Set the limits of this process; runs before any decoder is loaded."""
    cpu = limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A parent that was killed cannot stop this process any more: it ends itself.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits["wall_seconds"] + 1)


if __name__ == "__main__":
    main()
