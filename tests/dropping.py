"""Test databases end although processes of a test are still connected to them."""

from __future__ import annotations

from typing import Any

from psycopg import sql

LEAVE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend'
"""


def drop_database(connection: Any, name: str) -> None:
    """Drop it by a connection, or cursor, to another database.

    Not by ``WITH (FORCE)``, which is refused while the autovacuum of a superuser runs
    there; without it PostgreSQL ends that one, and waits until all have left.
    """
    connection.execute(LEAVE, [name])
    connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
