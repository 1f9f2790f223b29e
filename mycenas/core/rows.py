"""Single rows, found or stored by one prepared statement; for acts in a hurry.

For models whose columns psycopg reads and writes as Django does. Signals are not sent.
"""

from __future__ import annotations

import functools
from contextlib import nullcontext
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Field, Model

from mycenas.core.audit import TOLD, telling
from mycenas.core.statements import run

T = TypeVar("T", bound=Model)


def find(model: type[T], **keys: Any) -> T | None:
    """The row whose columns have these values, which are a key; None without one.

    Columns are named as attributes are: ``participant_id``.
    """
    rows = run(_select(model, tuple(keys)), list(keys.values()))
    return _made(model, rows[0]) if rows else None


def where(model: type[T], condition: str, values: list[Any]) -> list[T]:
    """The rows for which a condition holds; it is SQL of ours that takes ``values``."""
    sql = f'SELECT {_every(model)} FROM "{model._meta.db_table}" WHERE {condition}'  # noqa: S608  SQL of ours
    return [_made(model, row) for row in run(sql, values)]


def get(model: type[T], **keys: Any) -> T:
    """The same for a row that must be there; ``ObjectDoesNotExist`` without it."""
    row = find(model, **keys)
    if row is None:
        raise ObjectDoesNotExist(model.__name__)
    return row


def insert(row: T) -> T:
    """Store a new row and tell the audit who acts; the row as it is stored.

    What PostgreSQL fills in is left to it. Raises ``IntegrityError`` if it is refused,
    which leaves a transaction around it as it was.
    """
    model = type(row)
    values = [getattr(row, field.attname) for field in _given(model)]
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        rows = run(_insert(model), [*telling(), *values])
    return _made(model, rows[0])


def _made(model: type[T], values: tuple[Any, ...]) -> T:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


@functools.cache
def _select(model: type[Model], keys: tuple[str, ...]) -> str:
    columns = {field.attname: field.column for field in model._meta.concrete_fields}
    wanted = " AND ".join(f'"{columns[key]}" = %s' for key in keys)
    return f'SELECT {_every(model)} FROM "{model._meta.db_table}" WHERE {wanted}'  # noqa: S608  names of ours


@functools.cache
def _insert(model: type[Model]) -> str:
    given = _given(model)
    return (
        f'WITH {TOLD} INSERT INTO "{model._meta.db_table}" ({_columns(given)})'  # noqa: S608  names of ours
        f" SELECT {', '.join(['%s'] * len(given))} FROM told"
        f" RETURNING {_every(model)}"
    )


@functools.cache
def _given(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns that nobody but us fills in."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.has_db_default()
    ]


def _every(model: type[Model]) -> str:
    return _columns(model._meta.concrete_fields)


def _columns(fields: Any) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)
