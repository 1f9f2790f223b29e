"""Compares the guards in the running database with those that this release expects.

``guards.json`` beside this file holds the expectation, read from a database that the
migrations have just made; ``manage.py states --write`` renews it.

A dump contains each CHECK, index and trigger as PostgreSQL prints it. PostgreSQL prints
the restored guard slightly differently, with other parentheses and casts.
``guards_restored.json`` has these texts; they are found by creating each guard again
from its printed definition.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import LiteralString

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from mycenas.core.db import privileges
from mycenas.core.db.database import run
from mycenas.core.models import Stateful
from mycenas.core.states.machine import StateMachine, digest

EXPECTED = Path(__file__).with_name("guards.json")
RESTORED = Path(__file__).with_name("guards_restored.json")

# Kind of guard to its names and definitions.
Catalog = dict[str, dict[str, str]]

OURS = "c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%(tables)s)"

# Each gives a name and a definition that does not depend on object ids.
QUERIES = {
    "trigger": f"""
        SELECT tgname, CASE tgenabled WHEN 'A' THEN '' ELSE 'not ENABLE ALWAYS: ' END
          || pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
        WHERE NOT tgisinternal AND {OURS}""",  # noqa: S608  names are ours
    "function": f"""
        SELECT proname, md5(prosrc) || ' ' || prosecdef
          || coalesce(' ' || array_to_string(proconfig, '; '), '')
          || CASE WHEN proowner = to_regrole('mycenas_counting')
            THEN ' by mycenas_counting' ELSE '' END
        FROM pg_proc WHERE oid IN (
          SELECT tgfoid FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
          WHERE NOT tgisinternal AND {OURS})
        OR pronamespace = 'public'::regnamespace AND prolang = (
          SELECT oid FROM pg_language WHERE lanname = 'plpgsql')""",  # noqa: S608  names are ours
    "constraint": f"""
        SELECT conname, relname || ': ' || pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
        WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND {OURS}""",  # noqa: S608  names are ours
    "unique index": f"""
        SELECT i.relname, pg_get_indexdef(i.oid)
        FROM pg_index x JOIN pg_class i ON i.oid = indexrelid
        JOIN pg_class c ON c.oid = indrelid
        WHERE indisunique AND indisvalid AND {OURS}""",  # noqa: S608  names are ours
    "policy": """
        SELECT policyname, concat_ws(' ', tablename || ':', permissive, cmd, 'TO',
          roles, 'USING ' || qual, 'WITH CHECK ' || with_check)
        FROM pg_policies
        WHERE schemaname = 'public' AND tablename = ANY (%(tables)s)""",
    "row-level security of": f"""
        SELECT relname, concat_ws(' ', CASE WHEN relrowsecurity THEN 'ENABLE' END,
          CASE WHEN relforcerowsecurity THEN 'FORCE' END)
        FROM pg_class c WHERE (relrowsecurity OR relforcerowsecurity) AND {OURS}""",  # noqa: S608  names are ours
}
COMMENTS = """
    SELECT tgname, obj_description(oid, 'pg_trigger') FROM pg_trigger
    WHERE NOT tgisinternal"""
FOREIGN_OWNERS = """
    SELECT tablename, tableowner FROM pg_tables
    WHERE schemaname = 'public' AND tablename = ANY (%s) AND tableowner <> (
      SELECT tableowner FROM pg_tables
      WHERE schemaname = 'public' AND tablename = 'django_migrations')"""
OWNS_ONE = """
    SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND
      tablename = ANY (%s) AND pg_has_role(current_user, tableowner, 'USAGE'))"""
# Guards of each kind as PostgreSQL prints them, and how each is created again.
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


def machines() -> list[StateMachine]:
    """The state machines of all installed models."""
    return [model.machine for model in apps.get_models() if issubclass(model, Stateful)]


def tables() -> list[str]:
    """The tables of our apps, and the tables of libraries that have our guards."""
    ours = [c for c in apps.get_app_configs() if hasattr(c, "guards")]
    further = {name for config in ours for name in getattr(config, "guarded", ())}
    return sorted(
        further.union(
            model._meta.db_table
            for config in ours
            for model in config.get_models(include_auto_created=True)
        )
    )


def read_catalog() -> Catalog:
    parameters = {"tables": tables()}
    return {kind: dict(sorted(run(sql, parameters))) for kind, sql in QUERIES.items()}


def expected_catalog(path: Path | None = None) -> Catalog:
    """The guards in a freshly migrated database."""
    catalog: Catalog = json.loads((path or EXPECTED).read_text())
    return catalog


def write_down() -> None:
    """Write the guards of this freshly migrated database as the expectation."""
    for path, catalog in ((EXPECTED, read_catalog()), (RESTORED, restored())):
        path.write_text(json.dumps(catalog, indent=1, sort_keys=True) + "\n")


def differences() -> list[str]:
    """One sentence for each guard that is missing, different or switched off."""
    found = read_catalog()
    restored = expected_catalog(RESTORED)
    sentences = _outdated_machines()
    for kind, guards in expected_catalog().items():
        sentences += _compare(kind, guards, found[kind], restored.get(kind, {}))
    return sentences + privileges.differences() + _foreign_owners()


def undeclared() -> list[str]:
    """One sentence for each guard and privilege that this release does not know.

    No fault of readiness: the processes of the release before see the guards of the
    next one while a site is upgraded.
    """
    expected = expected_catalog()
    found = read_catalog()
    return [
        f"The {kind} {name} is not declared: “{found[kind][name]}”."
        for kind, guards in expected.items()
        for name in sorted(found[kind].keys() - guards.keys())
    ] + privileges.undeclared()


def _compare(
    kind: str, expected: dict[str, str], found: dict[str, str], restored: dict[str, str]
) -> list[str]:
    sentences = []
    for name, definition in expected.items():
        if name not in found:
            sentences.append(f"The {kind} {name} is missing; run migrate.")
        elif found[name] not in (definition, restored.get(name)):
            sentences.append(
                f"The {kind} {name} is different: it should be “{definition}” and is "
                f"“{found[name]}”."
            )
    return sentences


def _outdated_machines() -> list[str]:
    comments = dict(run(COMMENTS, []))
    return [
        f"The trigger {trigger} differs from its declaration; run migrate."
        for machine in machines()
        for trigger, body in machine.triggers().items()
        if trigger in comments and comments[trigger] != digest(body)
    ]


def _foreign_owners() -> list[str]:
    """Tables whose owner is not the owner of the table of migrations."""
    return [
        f"The table {table} belongs to {owner}, not to the migrations' role."
        for table, owner in run(FOREIGN_OWNERS, [tables()])
    ]


def owned_by_this_role() -> bool:
    """Whether this connection could switch guards off: it owns a table."""
    return run(OWNS_ONE, [tables()]) == [(True,)]


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
