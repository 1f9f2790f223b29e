"""Rows read or inserted by one prepared statement, for requests that must be fast.

For models whose columns psycopg converts as Django does. Signals are not sent.
"""

from __future__ import annotations

import functools
from contextlib import nullcontext
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Field, Model

from mycenas.core.audit.actor import ACTOR_CTE, actor_parameters
from mycenas.core.db.statements import run

T = TypeVar("T", bound=Model)
P = TypeVar("P", bound=Model)


def select_one(model: type[T], **keys: Any) -> T | None:
    """The row whose unique columns have these values, or None.

    ``keys`` are attribute names: ``participant_id``.
    """
    rows = run(_select(model, tuple(keys)), list(keys.values()))
    return _made(model, rows[0]) if rows else None


def select_where(model: type[T], condition: str, values: list[Any]) -> list[T]:
    """The rows that match a condition: SQL of ours with ``values`` as parameters."""
    return [_made(model, row) for row in run(_select_where(model, condition), values)]


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
    model = type(row)
    values = [getattr(row, field.attname) for field in _given(model)]
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        rows = run(_insert(model), [*actor_parameters(), *values])
    return _made(model, rows[0])


def insert_both_returning(row: T, part: P, link: str) -> tuple[T, P]:
    """Insert a row and one that refers to it by ``link`` in one statement.

    Behaves as `insert_returning` does for both; inserts both or none.
    """
    model, part_model = type(row), type(part)
    values = [getattr(row, field.attname) for field in _given(model)]
    values += [
        getattr(part, field.attname)
        for field in _given(part_model)
        if field.name != link
    ]
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        found = run(
            _insert_both(model, part_model, link), [*actor_parameters(), *values]
        )[0]
    width = len(model._meta.concrete_fields)
    stored = _made(part_model, found[width:])
    setattr(stored, link, _made(model, found[:width]))
    return getattr(stored, link), stored


def _made(model: type[T], values: tuple[Any, ...]) -> T:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


@functools.cache
def _select(model: type[Model], keys: tuple[str, ...]) -> str:
    columns = {field.attname: field.column for field in model._meta.concrete_fields}
    return _select_where(model, " AND ".join(f'"{columns[key]}" = %s' for key in keys))


@functools.cache
def _select_where(model: type[Model], condition: str) -> str:
    return f'SELECT {_every(model)} FROM "{model._meta.db_table}" WHERE {condition}'  # noqa: S608  SQL of ours


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
