"""Declares which tables have a journal, and which columns it leaves out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audited:
    """One audited table. Its trigger is ``<name>_audit``.

    ``left_out`` are secrets and noise that no audit row may hold; ``digested`` are
    bulky columns of which only an MD5 is kept, enough to see that they changed.
    """

    name: str
    table: str
    left_out: tuple[str, ...] = ()
    digested: tuple[str, ...] = ()
