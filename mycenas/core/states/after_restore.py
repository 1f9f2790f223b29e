"""Definitions of guards in a database that was restored from a backup.

A dump contains each CHECK, index and trigger as PostgreSQL prints it. PostgreSQL prints
the restored guard slightly differently, with other parentheses and casts.
``guards_restored.json`` has these texts; they are found by creating each guard again
from its printed definition.
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
INDEXES = """
    SELECT c.relname, i.relname, pg_get_indexdef(i.oid), NULL
    FROM pg_index x JOIN pg_class i ON i.oid = indexrelid
    JOIN pg_class c ON c.oid = indrelid
    WHERE indisunique AND c.relnamespace = 'public'::regnamespace
      AND c.relname = ANY (%s)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid)"""
TRIGGERS = """
    SELECT relname, tgname, pg_get_triggerdef(t.oid), obj_description(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace
      AND relname = ANY (%s)"""
CHECK_AGAIN = """
    ALTER TABLE {table} DROP CONSTRAINT {name};
    ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"""
INDEX_AGAIN = """
    DROP INDEX {name};
    {definition}"""
TRIGGER_AGAIN = """
    DROP TRIGGER {name} ON {table};
    {definition};
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
    COMMENT ON TRIGGER {name} ON {table} IS {comment}"""


def write_restored() -> None:
    """Write the restored definitions of this freshly migrated database."""
    text = json.dumps(restored(), indent=1, sort_keys=True)
    db_invariants.RESTORED.write_text(f"{text}\n")


def restored() -> Catalog:
    """The guards whose definition changes; the transaction is rolled back."""
    before = read_catalog()
    with transaction.atomic():
        make_again()
        after = read_catalog()
        transaction.set_rollback(True)
    return {
        kind: {name: text for name, text in after[kind].items() if text != known[name]}
        for kind, known in before.items()
    }


def make_again() -> None:
    """Create each guard from its printed definition, as a restore does."""
    _make_again(CHECKS, CHECK_AGAIN)
    _make_again(INDEXES, INDEX_AGAIN)
    _make_again(TRIGGERS, TRIGGER_AGAIN)


def _make_again(query: LiteralString, statement: LiteralString) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, [tables()])
        for table, name, definition, comment in cursor.fetchall():
            cursor.execute(
                sql.SQL(statement).format(
                    table=sql.Identifier(table),
                    name=sql.Identifier(name),
                    definition=sql.SQL(definition),
                    comment=sql.Literal(comment),
                )
            )
