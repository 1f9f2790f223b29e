"""Database connections: each thread of a web process keeps its own.

Their number is that of the threads, ``WEB_THREADS`` in the settings, so that no thread
waits for the connection of another.
"""

from __future__ import annotations

import select

from django.db import connection


def leave_dead_connection() -> None:
    """Close a connection that PostgreSQL has ended while the thread had no work.

    It would be noticed at the next statement only, which may be an acknowledgment.
    Costs one look at the socket, and no round trip.
    """
    line = connection.connection
    if line is None:
        return
    if line.closed or _has_something_to_say(line.pgconn.socket):
        connection.close()


def check_outside_transaction() -> None:
    """Waiting for another service inside a transaction would hold its locks: a bug.

    Raises RuntimeError there.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Nothing may be waited for inside a transaction.")


def _has_something_to_say(descriptor: int) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(0))
