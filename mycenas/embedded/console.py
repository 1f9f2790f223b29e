"""Writes one prefixed line per message, so that one terminal shows who says what."""

from __future__ import annotations

import os
import select
import sys

WIDTH = 8
COLORS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)
CHUNK = 4096


class Console:
    """Standard output that never holds up or ends the program that writes to it.

    A terminal that was closed, a pipe that nobody reads: lines are dropped then,
    because the site must go on answering whether anybody looks or not.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdout.fileno() if descriptor is None else descriptor
        self._colors: dict[str, int] = {}
        self._colored = os.isatty(self._descriptor) and "NO_COLOR" not in os.environ
        self._patience = 1.0

    def say(self, name: str, text: str) -> None:
        """Write `text` line by line behind the name of the one who says it."""
        for line in text.splitlines() or [""]:
            self._write(f"{self._prefix(name)} {line}\n")

    def plain(self, text: str) -> None:
        """Write `text` as it is, for what has to stand out between the lines."""
        self._write(f"{text}\n")

    def _prefix(self, name: str) -> str:
        label = f"{name:<{WIDTH}} |"
        if not self._colored:
            return label
        position = self._colors.setdefault(name, len(self._colors))
        return f"\x1b[{COLORS[position % len(COLORS)]}m{label}\x1b[0m"

    def _write(self, text: str) -> None:
        data = text.encode(errors="replace")
        for start in range(0, len(data), CHUNK):
            self._write_chunk(data[start : start + CHUNK])

    def _write_chunk(self, chunk: bytes) -> None:
        # A pipe that select calls writable takes 4096 bytes without blocking.
        try:
            _, writable, _ = select.select([], [self._descriptor], [], self._patience)
            self._patience = 1.0 if writable else 0.0
            while writable and chunk:
                chunk = chunk[os.write(self._descriptor, chunk) :]
        except OSError:
            self._patience = 0.0
