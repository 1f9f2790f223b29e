"""Database connections: each thread of a web process keeps its own.

``WEB_THREADS`` in the settings is their number, so no thread waits for a connection
of another one.
"""

from __future__ import annotations

import select

from django.db import connection


def close_dead_connection() -> None:
    """Close a connection that the server closed while this thread was idle.

    Otherwise the next statement fails, which may be an acknowledgment. Costs one poll
    of the socket and no round trip.
    """
    current = connection.connection
    if current is None:
        return
    if current.closed or _is_readable(current.pgconn.socket):
        connection.close()


def check_outside_transaction() -> None:
    """Raise RuntimeError inside a transaction, whose locks a wait would prolong."""
    if connection.in_atomic_block:
        raise RuntimeError("Nothing may be waited for inside a transaction.")


def _is_readable(descriptor: int) -> bool:
    """An idle PostgreSQL socket is readable only when the server has closed it."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(0))
