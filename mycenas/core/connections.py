"""Database connections, and when to let them go."""

from __future__ import annotations

from django.db import connection


def let_go_of_database() -> None:
    """Give this thread's connection back before waiting for something else.

    The next query takes a fresh one from the pool. Inside a transaction that is not
    possible, and waiting there would hold its locks: a bug, raised as RuntimeError.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Nothing may be waited for inside a transaction.")
    connection.close()
