"""Every date, duration and number of our tables has bounds that PostgreSQL keeps."""

from __future__ import annotations

import pytest
from django.apps import apps

from mycenas.core.db import bounds
from mycenas.core.http.errors import sentence_for
from mycenas.core.states import db_invariants
from tests.database.tools import alter, refused, rows

pytestmark = pytest.mark.django_db

# Columns that may have any value of their type.
UNBOUNDED = {
    # A picture's perceptual hash: all 64 bits are its own.
    ("submissions_submission", "dhash"),
}
# Keys, and what PostgreSQL itself has no second value for, are left out.
COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%s)
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid = ANY ('{timestamptz,timestamp,date,time,timetz,interval,int2,int4,
    int8,numeric,float4,float8}'::regtype[])
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid
    AND k.contype IN ('p', 'f') AND a.attnum = ANY (k.conkey))
ORDER BY 1, 2
"""
BEYOND = {
    "timestamp with time zone": (
        "infinity", "-infinity", "9999-12-31 23:59 America/New_York",
        "0001-01-01 00:00 Europe/Athens", "1999-12-30", "2201-01-03",
    ),
    "date": ("infinity", "-infinity", "9999-12-31", "1999-12-31", "2201-01-01"),
    "interval": (
        "infinity", "-infinity", "3000000 hours", "30 days 00:00:01", "2 months",
        "0", "-1 second",
    ),
    "smallint": ("32767", "-1"),
    "integer": ("2147483647", "-1"),
    "numeric": ("9999", "-9999", "NaN"),
    "bigint": ("9223372036854775807", "-1"),
}  # fmt: skip
FREE = """
SELECT format('ALTER TABLE copy DROP CONSTRAINT %I', conname)
FROM pg_constraint WHERE conrelid = 'copy'::regclass AND contype = 'c'
  AND conname !~ '_bounds$'
UNION ALL
SELECT format('ALTER TABLE copy ALTER COLUMN %I DROP NOT NULL', attname)
FROM pg_attribute WHERE attrelid = 'copy'::regclass AND attnotnull AND attnum > 0
"""


def bounded_columns() -> dict[str, list[tuple[str, str]]]:
    """The columns by table, each with its type."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows(COLUMNS, [db_invariants.tables()]):
        if (table, column) not in UNBOUNDED:
            found.setdefault(table, []).append((column, kind))
    return found


def copy_of(table: str) -> None:
    """A table with nothing but the columns and their bounds, for rows of one value."""
    alter("DROP TABLE IF EXISTS copy")
    alter(f"CREATE TEMP TABLE copy (LIKE {table} INCLUDING CONSTRAINTS)")
    for (statement,) in rows(FREE):
        alter(statement)


def test_nothing_beyond_the_bounds_is_stored():
    accepted = {}
    for table, columns in bounded_columns().items():
        copy_of(table)
        for column, kind in columns:
            for value in BEYOND[kind]:
                sql = f'INSERT INTO copy ("{column}") VALUES (%s::{kind})'
                name = refused(sql, [value])
                if not name.endswith(f"_{column}_bounds"):
                    accepted[f"{table}.{column} = {value}"] = name
    assert accepted == {}


def test_every_bound_has_a_sentence():
    found = [
        bound
        for model in apps.get_models()
        for bound in bounds.bounds_of(model).values()
    ]
    assert found
    assert {one.name for one in found if not sentence_for(one.name)} == set()
