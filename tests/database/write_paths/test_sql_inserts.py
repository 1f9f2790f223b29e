"""Rows that try to begin in a later state, through the ways in that SQL offers."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from psycopg.types.json import Jsonb

from tests.database.tools import one, raw
from tests.database.write_paths.trying import assert_closed, attempt, failures, whole
from tests.database.write_paths.world import (
    ALLOWED,
    FORBIDDEN,
    each_machine,
    taken_back,
)

UNIQUE: dict[str, dict[str, Any]] = {
    "competition": {"slug": "another"},
    "submission": {
        "token": "t" * 32,
        "public_id": "p" * 11,
        "idempotency_key": "another",
    },
    # It is approved later, by another person.
    "campaign": {"approved_at": None, "approved_by_id": None},
    "export": {"key": "k" * 32},
}
COPY = "SELECT (jsonb_populate_record(t, %s)).* FROM {table} AS t WHERE id = %s"


def columns_of(row: Any) -> list[str]:
    return [field.column for field in row._meta.concrete_fields]


def given(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """What a copy of the row has to have of its own."""
    found = {"id": 1_000_000_000 + row.pk, **UNIQUE[row.machine.name], **values}
    if found.get("original"):
        found["original"] = "another"
    return found


def parameters(row: Any, values: dict[str, Any]) -> list[Any]:
    return [Jsonb(given(row, values), dumps=DjangoJSONEncoder().encode), row.pk]


def insert(row: Any, values: dict[str, Any]) -> None:
    table = row._meta.db_table
    raw(
        f"INSERT INTO {table} {COPY.format(table=table)}",
        parameters(row, values),
    )


def insert_in_a_cte(row: Any, values: dict[str, Any]) -> None:
    table = row._meta.db_table
    raw(
        f"WITH made AS (INSERT INTO {table} {COPY.format(table=table)} RETURNING id)"
        " SELECT * FROM made",
        parameters(row, values),
    )


def insert_or_nothing(row: Any, values: dict[str, Any]) -> None:
    table = row._meta.db_table
    raw(
        f"INSERT INTO {table} {COPY.format(table=table)} ON CONFLICT DO NOTHING",
        parameters(row, values),
    )


def merge(row: Any, values: dict[str, Any]) -> None:
    table, columns = row._meta.db_table, columns_of(row)
    raw(
        f"MERGE INTO {table} AS m USING ({COPY.format(table=table)}) AS v ON false"
        f" WHEN NOT MATCHED THEN INSERT ({', '.join(columns)})"
        f" VALUES ({', '.join(f'v.{column}' for column in columns)})",
        parameters(row, values),
    )


def copy_from_stdin(row: Any, values: dict[str, Any]) -> None:
    """COPY, as psql and pg_restore load data."""
    columns = columns_of(row)
    found = {**whole(row), **given(row, values)}
    names = ", ".join(columns)
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {row._meta.db_table} ({names}) FROM STDIN") as copy,
    ):
        copy.write_row([text(found[column]) for column in columns])


def text(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value if value is None else str(value)


WRITE_PATHS = (insert, insert_in_a_cte, insert_or_nothing, merge, copy_from_stdin)


@each_machine
def test_nothing_is_inserted_in_a_later_state(world, machine):
    for old, new in (FORBIDDEN[machine.name], ALLOWED[machine.name]):
        row = world[machine.name, old]
        count = f"SELECT count(*) FROM {machine.table}"
        before = one(count)
        wrong = failures(assert_closed, WRITE_PATHS, row, new)
        assert not wrong, wrong
        assert one(count) == before


@each_machine
def test_no_row_starts_in_a_state_nobody_knows(world, machine):
    row = world[machine.name, machine.initial]
    for door in WRITE_PATHS:
        refusal = attempt(partial(door, row, {"state": "lost"}))
        assert refusal is not None, door
        assert refusal.name == machine.starts_trigger, door


@each_machine
def test_the_copies_are_refused_for_their_state_alone(world, machine):
    """The control: a copy that starts at the beginning is taken."""
    row = world[machine.name, machine.initial]
    for door in WRITE_PATHS:
        refusal = taken_back(partial(attempt, partial(door, row, {})))
        assert refusal is None, (door, refusal)
