"""A server's log: a file, so that a server never waits for, or dies with, a reader."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

LARGEST = 5_000_000
TAIL_LINES = 15


class LogFile:
    """Written by a server, read line by line by whoever shows it."""

    def __init__(self, path: Path) -> None:
        """Begin a new file if the old one has grown past a few megabytes."""
        path.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > LARGEST:
                path.replace(path.with_suffix(".old.log"))
        self.path = path
        self._position = path.stat().st_size if path.exists() else 0

    def opened(self) -> io.BufferedWriter:
        """The file, open for a server to append to."""
        return self.path.open("ab")

    def new_lines(self) -> list[str]:
        """The complete lines that were added since the last call."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._position)
            complete = file.read().rpartition(b"\n")
        self._position += len(complete[0]) + len(complete[1])
        return complete[0].decode(errors="replace").splitlines()

    def tail(self) -> str:
        """The last lines, for a message about a server that will not start."""
        lines = self.path.read_text(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])
