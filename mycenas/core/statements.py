"""SQL by hand, where building it would take longer than running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor


def run(
    sql: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """One statement on this thread's connection, and the rows it gives.

    PostgreSQL gets the values apart from the text and plans the text once for each
    connection. Outside a transaction it is one of its own. Raises Django's database
    errors.
    """
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    if connection.queries_logged:
        # As Django's own cursor does, so that they are counted with the others.
        connection.queries_log.append({"sql": sql, "time": "?"})
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(sql.encode(), parameters, prepare=True)
        return cursor.fetchall()
