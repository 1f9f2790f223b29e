"""Advisory locks: one registry of their classes, and the statement that takes one.

Guards take the same locks in SQL, by the number of the class. `tests/database` compares
the numbers in the guards and in the code with this registry.
"""

from __future__ import annotations

from enum import IntEnum

from mycenas.core.db.database import run


class LockClass(IntEnum):
    """What a lock protects. The numbers are in guards, so they never change."""

    # The key is a competition. Who adds rows to it shares the lock, who moves it on
    # has it alone. A lock of one key, hashed with this number, makes the arrivals or
    # the files of one participant in one competition take turns.
    COMPETITION = 7301
    # The key is a jury round. Scores, assignments and conflicts share the lock; a step
    # of the round has it alone. A lock of one key, hashed with this number, makes
    # assignments and conflicts of one person and one entry take turns.
    ROUND = 7302
    # Makes claims of exports take turns; the key is always 0.
    EXPORTS = 7310


def lock(lock_class: LockClass, key: int = 0) -> None:
    """Wait for the lock and hold it alone until the transaction ends."""
    run("SELECT pg_advisory_xact_lock(%s, %s)::text", [lock_class.value, key])
