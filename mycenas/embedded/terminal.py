"""The person's side: lines on the terminal, and being asked to stop."""

from __future__ import annotations

import os
import select
import signal
import sys
from types import FrameType

WIDTH = 8
COLORS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)
CHUNK = 4096
REASONS = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "asked to stop",
    signal.SIGHUP: "the terminal was closed",
}


class CannotStart(Exception):
    """A sentence for the person at the terminal; shown without a traceback."""


class Stopped(Exception):
    """Ctrl-C, a signal or a vanished parent ended the run."""


class Console:
    """Standard output, one prefixed line for each message.

    Lines are dropped when the terminal is closed or a pipe is not read, so that the
    site does not stop or wait for its output.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdout.fileno() if descriptor is None else descriptor
        self._colors: dict[str, int] = {}
        self._colored = os.isatty(self._descriptor) and "NO_COLOR" not in os.environ
        self._patience = 1.0

    def say(self, name: str, text: str) -> None:
        """Write `text` line by line, each behind the name of its source."""
        for line in text.splitlines() or [""]:
            self.plain(f"{self._prefix(name)} {line}")

    def plain(self, text: str) -> None:
        """Write `text` without a prefix."""
        data = f"{text}\n".encode(errors="replace")
        for start in range(0, len(data), CHUNK):
            self._write(data[start : start + CHUNK])

    def _prefix(self, name: str) -> str:
        label = f"{name:<{WIDTH}} |"
        if not self._colored:
            return label
        position = self._colors.setdefault(name, len(self._colors))
        return f"\x1b[{COLORS[position % len(COLORS)]}m{label}\x1b[0m"

    def _write(self, chunk: bytes) -> None:
        # A pipe that select calls writable takes 4096 bytes without blocking.
        try:
            _, writable, _ = select.select([], [self._descriptor], [], self._patience)
            self._patience = 1.0 if writable else 0.0
            while writable and chunk:
                chunk = chunk[os.write(self._descriptor, chunk) :]
        except OSError:
            self._patience = 0.0


class StopRequest:
    """Remembers the first reason to stop; `check` raises it where it is safe."""

    def __init__(self, watch_parent: bool) -> None:
        """Install the signal handlers; only for the main thread.

        `watch_parent` also stops when the process that started this one has ended.
        """
        self.reason: str | None = None
        self.signal: int | None = None
        self.is_urgent = False
        self._parent = os.getppid() if watch_parent else None
        self._terminal: select.poll | None = None
        # `make` does not pass SIGHUP on, so the terminal itself is asked. A run under
        # nohup ignores the signal, to outlive its terminal.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and sys.stdin.isatty():
            self._terminal = select.poll()
            self._terminal.register(sys.stdin, select.POLLHUP)
        for number in REASONS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._remember)

    def check(self) -> None:
        """Raise `Stopped` if there is a reason."""
        if self._parent is not None and os.getppid() != self._parent:
            self.reason = self.reason or "the program that started this one is gone"
        if self._terminal is not None and self._terminal.poll(0):
            self.reason = self.reason or REASONS[signal.SIGHUP]
        if self.reason is not None:
            raise Stopped(self.reason)

    def _remember(self, number: int, _frame: FrameType | None) -> None:
        # A second Ctrl-C cuts the programs' time to stop short.
        self.is_urgent = self.reason is not None and number == signal.SIGINT
        self.reason = self.reason or REASONS[signal.Signals(number)]
        self.signal = self.signal or number
