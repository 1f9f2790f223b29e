"""Advisory locks of PostgreSQL: one registered class of locks for each kind of key.

A lock is held until the transaction ends. Triggers take the same locks by number, so a
class keeps its number for ever; a test compares the numbers in migrations with the
registry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from mycenas.core.db.statements import run


@dataclass(frozen=True)
class LockClass:
    """Locks on integer keys that share one number, the first half of PostgreSQL's key.

    ``guards`` says what the locks protect.
    """

    number: int
    guards: str

    def lock(self, *keys: int) -> None:
        """Lock ``keys`` exclusively, in ascending order so that no deadlock arises."""
        self._take("pg_advisory_xact_lock", keys)

    def lock_shared(self, *keys: int) -> None:
        """Lock ``keys`` together with other shared holders, against exclusive ones."""
        self._take("pg_advisory_xact_lock_shared", keys)

    def _take(self, function: str, keys: Iterable[int]) -> None:
        if not connection.in_atomic_block:
            raise RuntimeError("An advisory lock needs a transaction that holds it.")
        for key in sorted(set(keys)):
            run(f"SELECT {function}(%s::int, %s::int)", [self.number, key])


_classes: dict[int, LockClass] = {}


def lock_class(number: int, guards: str) -> LockClass:
    """Register a class of locks; ValueError if its number is taken."""
    if number in _classes:
        raise ValueError(f"{number} is the lock class of {_classes[number].guards}.")
    made = _classes[number] = LockClass(number, guards)
    return made


def lock_classes() -> list[LockClass]:
    """All registered classes."""
    return [_classes[number] for number in sorted(_classes)]
