"""The database connection of this thread: prepared statements, and the clock.

Each thread of a web process keeps a connection of its own: ``WEB_THREADS`` in the
settings is their number. Hand-written SQL is for requests that must be fast, where the
ORM costs more than the query.
"""

from __future__ import annotations

import functools
import select
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
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
P = TypeVar("P", bound=Model)


def select_one(
    model: type[T], *, also: Mapping[str, str] | None = None, **keys: Any
) -> T | None:
    """The row whose unique columns have these values, or None.

    ``keys`` are attribute names: ``participant_id``. ``also`` are further attributes of
    the row, each with the SQL expression that gives it.
    """
    more = also or {}
    rows = run(_select(model, tuple(keys), tuple(more.values())), list(keys.values()))
    if not rows:
        return None
    width = len(model._meta.concrete_fields)
    found = _made(model, rows[0][:width])
    for name, value in zip(more, rows[0][width:], strict=True):
        setattr(found, name, value)
    return found


def get_one(model: type[T], **keys: Any) -> T:
    """Like `select_one`, but raises ``ObjectDoesNotExist`` if there is no row."""
    row = select_one(model, **keys)
    if row is None:
        raise ObjectDoesNotExist(model.__name__)
    return row


def insert_returning(row: T) -> T:
    """Insert a row, with its actor for the audit, and return it as stored.

    Columns with a database default are left to PostgreSQL. Raises ``IntegrityError``
    if a guard refuses; a surrounding transaction stays usable.
    """
    return _as_stored(row, _run_insert(_insert(type(row)), _values(row)))


def insert_both_returning(row: T, part: P, link: str) -> tuple[T, P]:
    """Insert a row and one that refers to it by ``link`` in one statement.

    Behaves as `insert_returning` does for both; inserts both or none.
    """
    statement = _insert_both(type(row), type(part), link)
    found = _run_insert(statement, [*_values(row), *_values(part, link)])
    width = len(row._meta.concrete_fields)
    _as_stored(row, found[:width])
    _as_stored(part, found[width:])
    setattr(part, link, row)
    return row, part


def _run_insert(statement: str, values: list[Any]) -> tuple[Any, ...]:
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        return run(statement, [*actor_parameters(), *values])[0]


def _values(row: Model, but: str = "") -> list[Any]:
    given = _given(type(row))
    return [getattr(row, field.attname) for field in given if field.name != but]


def _as_stored(row: T, values: tuple[Any, ...]) -> T:
    """The row itself, with the values that PostgreSQL has; its relations stay."""
    for field, value in zip(row._meta.concrete_fields, values, strict=True):
        setattr(row, field.attname, value)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def _made(model: type[T], values: tuple[Any, ...]) -> T:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


@functools.cache
def _select(
    model: type[Model], keys: tuple[str, ...], more: tuple[str, ...] = ()
) -> str:
    columns = {field.attname: field.column for field in model._meta.concrete_fields}
    condition = " AND ".join(f'"{columns[key]}" = %s' for key in keys)
    wanted = ", ".join((_every(model), *more))
    return f'SELECT {wanted} FROM "{model._meta.db_table}" WHERE {condition}'  # noqa: S608  SQL of ours


@functools.cache
def _insert(model: type[Model]) -> str:
    given = _given(model)
    return (
        f'WITH {ACTOR_CTE} INSERT INTO "{model._meta.db_table}" ({_columns(given)})'  # noqa: S608  names of ours
        f" SELECT {', '.join(['%s'] * len(given))} FROM actor"
        f" RETURNING {_every(model)}"
    )


@functools.cache
def _insert_both(model: type[Model], part: type[Model], link: str) -> str:
    given, given_part = _given(model), _given(part)
    part_values = ["row.id" if field.name == link else "%s" for field in given_part]
    return (
        f'WITH {ACTOR_CTE}, row AS (INSERT INTO "{model._meta.db_table}"'  # noqa: S608  names of ours
        f" ({_columns(given)}) SELECT {', '.join(['%s'] * len(given))} FROM actor"
        f' RETURNING {_every(model)}), part AS (INSERT INTO "{part._meta.db_table}"'
        f" ({_columns(given_part)}) SELECT {', '.join(part_values)} FROM row"
        f" RETURNING {_every(part)}) SELECT row.*, part.* FROM row, part"
    )


@functools.cache
def _given(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns without a database default."""
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
