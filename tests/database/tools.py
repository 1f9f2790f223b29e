"""Speaking SQL to the guards, and taking single guards away to see what they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mycenas.core.http.errors import constraint_of

TRIGGERS = """
SELECT t.tgname FROM pg_trigger t WHERE NOT t.tgisinternal
  AND t.tgrelid = %s::regclass
"""


def raw(sql: str, params: Any = None) -> int:
    """Run one statement, as psql would; the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def one(sql: str, params: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return row[0] if row else None


def rows(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def refused(sql: str, params: Any = None) -> str:
    """The name under which PostgreSQL refuses the statement; '' if it does not.

    A statement that goes through is taken back as well.
    """
    try:
        with transaction.atomic():
            raw(sql, params)
            raw("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except IntegrityError as error:
        return constraint_of(error) or "without a name"
    return ""


@contextmanager
def refusal(name: str) -> Iterator[None]:
    """What happens inside is refused by the guard or constraint of that name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    assert constraint_of(caught.value) == name


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside, changes of the schema included, is taken back after it."""
    with transaction.atomic():
        raw("SET CONSTRAINTS ALL IMMEDIATE")
        yield
        transaction.set_rollback(True)


def alter(sql: str) -> None:
    """Change the schema until the test's transaction is rolled back."""
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    raw(sql)


def drop_guard(name: str) -> None:
    """Take one trigger away until the test's transaction is rolled back."""
    sql = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s"
    alter(f"DROP TRIGGER {name} ON {one(sql, [name])}")


def leave_only(table: str, *names: str) -> None:
    """Take all triggers of ``table`` away but those named."""
    for (name,) in rows(TRIGGERS, [table]):
        if name not in names:
            alter(f"DROP TRIGGER {name} ON {table}")
