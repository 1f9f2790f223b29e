"""How PostgreSQL tells the guards of a database that came from a backup.

A dump holds each CHECK and trigger as PostgreSQL tells it, and PostgreSQL understands
that text again in a slightly different shape: other parentheses, other casts. The
meaning is the same, the text is not. ``guards_restored.json`` holds those other texts,
found by making every guard again from its own telling.
"""

from __future__ import annotations

import json
from typing import LiteralString

from django.db import connection, transaction
from psycopg import sql

from mycenas.core.states import db_invariants
from mycenas.core.states.db_invariants import Catalog, read_catalog, tables

CHECKS = """
    SELECT relname, conname, pg_get_constraintdef(k.oid), NULL
    FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
    WHERE contype = 'c' AND relnamespace = 'public'::regnamespace
      AND relname = ANY (%s)"""
TRIGGERS = """
    SELECT relname, tgname, pg_get_triggerdef(t.oid), obj_description(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace
      AND relname = ANY (%s)"""
CHECK_AGAIN = """
    ALTER TABLE {table} DROP CONSTRAINT {name};
    ALTER TABLE {table} ADD CONSTRAINT {name} {told}"""
TRIGGER_AGAIN = """
    DROP TRIGGER {name} ON {table};
    {told};
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
    COMMENT ON TRIGGER {name} ON {table} IS {comment}"""


def write_restored() -> None:
    """Note what the guards of this freshly migrated database look like restored."""
    text = json.dumps(restored(), indent=1, sort_keys=True)
    db_invariants.RESTORED.write_text(f"{text}\n")


def restored() -> Catalog:
    """The guards whose telling changes; found out in a transaction that is undone."""
    before = read_catalog()
    with transaction.atomic():
        make_again()
        after = read_catalog()
        transaction.set_rollback(True)
    return {
        kind: {name: text for name, text in after[kind].items() if text != told[name]}
        for kind, told in before.items()
    }


def make_again() -> None:
    """Make each CHECK and trigger from its own telling, as a restore does."""
    _make_again(CHECKS, CHECK_AGAIN)
    _make_again(TRIGGERS, TRIGGER_AGAIN)


def _make_again(query: LiteralString, statement: LiteralString) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, [tables()])
        for table, name, told, comment in cursor.fetchall():
            cursor.execute(
                sql.SQL(statement).format(
                    table=sql.Identifier(table),
                    name=sql.Identifier(name),
                    told=sql.SQL(told),
                    comment=sql.Literal(comment),
                )
            )
