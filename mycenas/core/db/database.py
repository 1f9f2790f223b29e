"""The database connection of this thread: prepared statements, and the clock.

Each thread of a web process keeps a connection of its own: ``WEB_THREADS`` in the
settings is their number. Hand-written SQL is for requests that must be fast, where the
ORM costs more than the query.
"""

from __future__ import annotations

import functools
import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import DateTimeField, Field, Func, Model
from psycopg import Cursor

from mycenas.core.audit.actor import ACTOR_CTE, actor_parameters


def run(
    sql: str, parameters: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Execute one statement on this thread's connection and return its rows.

    PostgreSQL gets the parameters separately and plans the text once per connection.
    Outside a transaction the statement is its own transaction. Raises Django's
    database errors.
    """
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    own.validate_no_broken_transaction()
    if own.queries_logged:
        # As Django's own cursor does, so that they are counted with the others.
        asked = compose(sql, parameters)
        own.queries_log.append({"sql": asked, "time": "?"})
    with own.wrap_database_errors, Cursor(own.connection) as cursor:
        cursor.execute(sql.encode(), parameters, prepare=True)
        return cursor.fetchall()


def compose(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> str:
    """The statement with its parameters written into it."""
    text = connection.ops.compose_sql(sql, parameters)  # type: ignore[attr-defined]
    return str(text)


class DatabaseNow(Func):
    """``clock_timestamp()``: the time of evaluation, not of the transaction's start."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


def now() -> datetime:
    """The current time of the database (aware, UTC); costs one small query."""
    moment: datetime = run("SELECT clock_timestamp()", [])[0][0]
    return moment


T = TypeVar("T", bound=Model)


def insert_returning(row: T) -> T:
    """Insert a row, with its actor for the audit, and return it as stored.

    Columns with a database default are left to PostgreSQL. Raises ``IntegrityError``
    if a guard refuses; a surrounding transaction stays usable.
    """
    given = _given(row)
    statement = f"WITH {ACTOR_CTE} {_insertion(type(row), tuple(given), 'actor')}"
    return _as_stored(row, iter(_run_insert(statement, [*given.values()])[0]))


def insert_both(
    row: Model,
    part: Model,
    link: str,
    *,
    unless: tuple[str, list[Any]] = ("FALSE", []),
    also: Mapping[str, str] | None = None,
) -> bool:
    """Insert a row and one that refers to it by ``link``, in one statement.

    Behaves as `insert_returning` does for both; inserts both or none and returns
    whether it did. Nothing is inserted if the condition ``unless`` holds: SQL and its
    parameters. ``also`` are further attributes of the part, each with the SQL
    expression that gives it; there ``row`` is the new row.
    """
    (condition, values), more = unless, also or {}
    given, given_part = _given(row), _given(part)
    column = part._meta.get_field(link).column  # type: ignore[union-attr]
    given_part.pop(column, None)
    source = f"actor WHERE NOT ({condition})"
    statement = (
        f"WITH {ACTOR_CTE}, row AS ({_insertion(type(row), tuple(given), source)}),"  # noqa: S608  names of ours
        f" part AS ({_insertion(type(part), tuple(given_part), 'row', column)})"
        f" SELECT {', '.join(('row.*', 'part.*', *more.values()))} FROM row, part"
    )
    rows = _run_insert(statement, [*given.values(), *values, *given_part.values()])
    if not rows:
        return False
    stored = iter(rows[0])
    _as_stored(row, stored)
    _as_stored(part, stored)
    setattr(part, link, row)
    for name, value in zip(more, stored, strict=True):
        setattr(part, name, value)
    return True


def usable_afterwards() -> AbstractContextManager[Any]:
    """Keeps a surrounding transaction usable when PostgreSQL refuses a statement."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _run_insert(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with usable_afterwards():
        return run(statement, [*actor_parameters(), *values])


def _as_stored(row: T, values: Iterator[Any]) -> T:
    """The row itself, with the next values; its relations stay."""
    for field in row._meta.concrete_fields:
        setattr(row, field.attname, next(values))
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


@functools.cache
def _insertion(
    model: type[Model],
    columns: tuple[str | None, ...],
    source: str,
    link: str | None = None,
) -> str:
    """Inserts parameters for ``columns``, and into ``link`` the source's key."""
    places = ["%s"] * len(columns)
    if link:
        columns, places = (*columns, link), [*places, f"{source}.id"]
    names = ", ".join(f'"{column}"' for column in columns)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({names})'  # noqa: S608  names of ours
        f" SELECT {', '.join(places)} FROM {source} RETURNING {_every(model)}"
    )


def _given(row: Model) -> dict[str | None, Any]:
    """The values to insert, by column; no NULL where a column is empty without it."""
    return {
        field.column: value
        for field in _settable(type(row))
        if (value := getattr(row, field.attname)) is not None or not field.null
    }


@functools.cache
def _settable(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields without a database default."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.has_db_default()
    ]


def _every(model: type[Model]) -> str:
    return _columns(model._meta.concrete_fields)


def _columns(fields: Any) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


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
