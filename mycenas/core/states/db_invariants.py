"""Compares the guards in the running database with those that this release expects.

``guards.json`` beside this file holds the expectation, read from a database that the
migrations have just made; ``manage.py states --write`` renews it.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.apps import apps
from django.db import connection

from mycenas.core.db import privileges
from mycenas.core.models import Stateful
from mycenas.core.states.machine import StateMachine, digest

EXPECTED = Path(__file__).with_name("guards.json")
# Definitions of the same guards after a restore, where PostgreSQL prints them anew.
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
        FROM pg_proc WHERE oid IN (
          SELECT tgfoid FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
          WHERE NOT tgisinternal AND {OURS})
        OR pronamespace = 'public'::regnamespace AND proname = 'refuse'""",  # noqa: S608  names are ours
    "constraint": f"""
        SELECT conname, relname || ': ' || pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
        WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND {OURS}""",  # noqa: S608  names are ours
    "unique index": f"""
        SELECT i.relname, pg_get_indexdef(i.oid)
        FROM pg_index x JOIN pg_class i ON i.oid = indexrelid
        JOIN pg_class c ON c.oid = indrelid
        WHERE indisunique AND indisvalid AND {OURS}""",  # noqa: S608  names are ours
}


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
    """The guards in the running database."""
    parameters = {"tables": tables()}
    found: Catalog = {}
    with connection.cursor() as cursor:
        for kind, query in QUERIES.items():
            cursor.execute(query, parameters)
            found[kind] = dict(sorted(cursor.fetchall()))
    return found


def expected_catalog(path: Path | None = None) -> Catalog:
    """The guards in a freshly migrated database."""
    catalog: Catalog = json.loads((path or EXPECTED).read_text())
    return catalog


def write_expected() -> None:
    """Write the guards of the freshly migrated database as the expectation."""
    EXPECTED.write_text(json.dumps(read_catalog(), indent=1, sort_keys=True) + "\n")


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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, obj_description(oid, 'pg_trigger') FROM pg_trigger"
            " WHERE NOT tgisinternal"
        )
        comments = dict(cursor.fetchall())
    return [
        f"The trigger {trigger} differs from its declaration; run migrate."
        for machine in machines()
        for trigger, body in machine.triggers().items()
        if trigger in comments and comments[trigger] != digest(body)
    ]


def _foreign_owners() -> list[str]:
    """Tables whose owner is not the owner of the table of migrations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename = ANY (%s) AND tableowner <> (SELECT tableowner FROM"
            " pg_tables WHERE schemaname = 'public'"
            " AND tablename = 'django_migrations')",
            [tables()],
        )
        return [
            f"The table {table} belongs to {owner}, not to the migrations' role."
            for table, owner in cursor.fetchall()
        ]


def owned_by_this_role() -> bool:
    """Whether this connection could switch guards off: it owns a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND"
            " tablename = ANY (%s) AND pg_has_role(current_user, tableowner, 'USAGE'))",
            [tables()],
        )
        row = cursor.fetchone()
    return bool(row and row[0])
