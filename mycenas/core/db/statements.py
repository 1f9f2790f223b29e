"""Prepared statements of hand-written SQL, where the ORM costs more than the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor


def run(
    sql: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Execute one statement on this thread's connection and return its rows.

    PostgreSQL gets the parameters separately and plans the text once per connection.
    Outside a transaction the statement is its own transaction. Raises Django's
    database errors.
    """
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    if connection.queries_logged:
        # As Django's own cursor does, so that they are counted with the others.
        connection.queries_log.append({"sql": sql, "time": "?"})
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(sql.encode(), parameters, prepare=True)
        return cursor.fetchall()
