"""The two ways in which starting ends early."""

from __future__ import annotations


class CannotStart(Exception):
    """A sentence for the person at the terminal; shown without a traceback."""


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C, a signal or a vanished parent."""
