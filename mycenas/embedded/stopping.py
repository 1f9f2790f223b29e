"""Hears that it is time to stop: Ctrl-C, a signal, or a parent that is gone."""

from __future__ import annotations

import os
import select
import signal
import sys
from types import FrameType

from mycenas.embedded.errors import Stopped

REASONS = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "asked to stop",
    signal.SIGHUP: "the terminal was closed",
}


class StopRequest:
    """Remembers the first reason to stop; `check` raises it where it is safe."""

    def __init__(self, *, watch_parent: bool = False) -> None:
        """Install the signal handlers; only for the main thread.

        `watch_parent` also stops when the process that started this one has ended,
        even if it was killed.
        """
        self.reason: str | None = None
        self.signal: int | None = None
        self.is_urgent = False
        self._parent = os.getppid() if watch_parent else None
        self._terminal = _hang_ups()
        for number in REASONS:
            # A run under nohup has asked to outlive its terminal.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._remember)

    def check(self) -> None:
        """Raise `Stopped` if it is time."""
        if self._parent is not None and os.getppid() != self._parent:
            self.reason = self.reason or "the program that started this one is gone"
        if self._terminal is not None and self._terminal.poll(0):
            self.reason = self.reason or REASONS[signal.SIGHUP]
        if self.reason is not None:
            raise Stopped(self.reason)

    def _remember(self, number: int, _frame: FrameType | None) -> None:
        # Being asked twice by hand means that somebody cannot wait.
        self.is_urgent = self.reason is not None and number == signal.SIGINT
        self.reason = self.reason or REASONS[signal.Signals(number)]
        self.signal = self.signal or number


def _hang_ups() -> select.poll | None:
    """Reports that the terminal is gone.

    The signal for that reaches only the terminal's first program, and `make`, for one,
    does not pass it on.
    """
    is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    if is_ignored or not sys.stdin.isatty():
        return None
    terminal = select.poll()
    terminal.register(sys.stdin, select.POLLHUP)
    return terminal
