"""A guard that is dropped, switched off or altered is found and said."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from mycenas.core import guards
from mycenas.core.guards import machines
from tests.database.tools import alter, one, raw, rows

pytestmark = pytest.mark.django_db


def declared() -> list[str]:
    names = [trigger for machine in machines() for trigger in machine.triggers()]
    for config in apps.get_app_configs():
        names += getattr(config, "guards", ())
        names += [audited.trigger for audited in getattr(config, "audited", ())]
    return names


GUARDS = sorted(declared())


def check() -> str:
    """What `states --check` complains of."""
    try:
        call_command("states", "--check")
    except CommandError as error:
        return str(error)
    return ""


def drop(name, table):
    alter(f"DROP TRIGGER {name} ON {table}")


def disable(name, table):
    alter(f"ALTER TABLE {table} DISABLE TRIGGER {name}")


def not_always(name, table):
    """It would sleep in a session of a replica."""
    alter(f"ALTER TABLE {table} ENABLE TRIGGER {name}")


def alter_body(name, table):
    """The same name and comment, but it never fires."""
    found = one(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s"
        " AND NOT tgisinternal",
        [name],
    )
    head, function = found.split(" FOR EACH ROW", 1)
    function = "EXECUTE FUNCTION" + function.split("EXECUTE FUNCTION", 1)[1]
    head = head.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER")
    alter(f"{head} FOR EACH ROW WHEN (false) {function}")
    alter(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def test_a_fresh_database_is_as_declared():
    assert check() == ""


def test_every_trigger_of_our_tables_is_declared():
    found = rows(
        "SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
        " WHERE NOT tgisinternal AND relname = ANY (%s)",
        [guards.tables()],
    )
    assert sorted(name for (name,) in found) == GUARDS


@pytest.mark.parametrize("harm", [drop, disable, not_always, alter_body])
def test_harm_to_any_guard_is_found(harm, client):
    for name, table in installed().items():
        savepoint = f"before_{name}"
        raw("SET CONSTRAINTS ALL IMMEDIATE")
        raw(f"SAVEPOINT {savepoint}")
        harm(name, table)
        assert name in check(), name
        answer = client.get("/healthz/ready")
        assert answer.status_code == 503
        assert any(name in problem for problem in answer.json()["problems"])
        raw(f"ROLLBACK TO SAVEPOINT {savepoint}")
    assert client.get("/healthz/ready").status_code == 200


def installed() -> dict[str, str]:
    found = rows(
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
        " WHERE tgname = ANY (%s)",
        [GUARDS],
    )
    assert sorted(dict(found)) == GUARDS
    return dict(found)


FUNCTIONS = (
    "competition_guard",
    "part_of_running_competition",
    "submission_arrives",
    "submission_settled",
    "award_guard",
    "audit",
    "refuse_state",
    "refuse_row",
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_guard_whose_body_says_nothing_is_found(name):
    alter(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NEW; END $$"
    )
    assert name in check()


def test_a_refusal_that_refuses_nothing_is_found():
    alter(
        "CREATE OR REPLACE FUNCTION refuse(rule text, about text, sentence text)"
        " RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$"
    )
    assert "refuse" in check()


def test_a_check_that_is_gone_is_found():
    alter(
        "ALTER TABLE submissions_submission DROP CONSTRAINT submission_received_whole"
    )
    assert "submission_received_whole" in check()


def test_a_uniqueness_that_is_gone_is_found():
    alter("DROP INDEX award_once_per_prize")
    assert "award_once_per_prize" in check()


def test_a_machine_that_is_behind_its_declaration_is_found():
    alter("COMMENT ON TRIGGER competition_moves ON competitions_competition IS 'old'")
    assert "competition_moves" in check()
