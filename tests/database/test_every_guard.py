"""Each guard of the expected catalog, harmed once: the watch says so by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client

from mycenas.core.db import privileges
from mycenas.core.states import db_invariants
from tests.database.tools import alter, raw, rows, undone

pytestmark = pytest.mark.django_db

EXPECTED = db_invariants.expected_catalog()
ROLE = privileges.APP_ROLE
TABLE_OF_TRIGGER = (
    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
    " AND tgname = ANY (%s)"
)
FUNCTIONS = (
    "SELECT proname, oid::regprocedure::text, prosecdef,"
    " split_part(pg_get_functiondef(oid), 'AS $', 1) FROM pg_proc"
    " WHERE proname = ANY (%s) AND pronamespace = 'public'::regnamespace"
)


def assert_each_is_noticed(sentence: str, harms: Mapping[str, str]) -> None:
    """All are harmed at once; the comparison begins a sentence about each of them."""
    assert harms
    with undone():
        for statements in harms.values():
            raw(statements)
        said = db_invariants.differences()
    unnoticed = {
        name: harm
        for name, harm in harms.items()
        if not any(one.startswith(sentence.format(name)) for one in said)
    }
    assert not unnoticed, unnoticed


def triggers() -> list[tuple[str, str]]:
    found = rows(TABLE_OF_TRIGGER, [sorted(EXPECTED["trigger"])])
    assert {name for name, _ in found} == set(EXPECTED["trigger"])
    return found


def test_unharmed_nothing_is_said():
    assert db_invariants.differences() == []
    call_command("states", "--check", stdout=StringIO())
    assert Client().get("/healthz/ready").status_code == 200


def test_every_trigger_of_our_tables_is_declared():
    declared = [
        name for machine in db_invariants.machines() for name in machine.triggers()
    ]
    for config in apps.get_app_configs():
        declared += getattr(config, "guards", ())
        declared += [f"{one.name}_audit" for one in getattr(config, "audited", ())]
    found = rows(
        "SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
        " WHERE NOT tgisinternal AND relname = ANY (%s)",
        [db_invariants.tables()],
    )
    assert sorted(name for (name,) in found) == sorted(declared)


ONE_OF_EACH_KIND = (
    ("award_guard", "DROP TRIGGER award_guard ON submissions_award"),
    ("refuse_row", "ALTER FUNCTION refuse_row SECURITY DEFINER"),
    (
        "core_mail_attempts_check",
        "ALTER TABLE core_mail DROP CONSTRAINT core_mail_attempts_check",
    ),
    ("award_once_per_prize", "DROP INDEX award_once_per_prize"),
    ("submissions_award", f"GRANT DELETE ON submissions_award TO {ROLE}"),
    ("core_mail", "ALTER TABLE core_mail OWNER TO pg_database_owner"),
    (
        "competition_moves",
        "COMMENT ON TRIGGER competition_moves ON competitions_competition IS 'old'",
    ),
)


def test_the_command_and_the_health_page_say_what_the_comparison_says():
    """Each kind once: below, the comparison alone is asked."""
    for name, harm in ONE_OF_EACH_KIND:
        with undone():
            raw(harm)
            said = [
                sentence for sentence in db_invariants.differences() if name in sentence
            ]
            assert said != [], harm
            with pytest.raises(CommandError) as complaint:
                call_command("states", "--check")
            answer = Client().get("/healthz/ready")
        assert answer.status_code == 503, harm
        for sentence in said:
            assert sentence in str(complaint.value)
            assert sentence in answer.json()["problems"]


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TRIGGER {name} ON {table}",
        "ALTER TABLE {table} DISABLE TRIGGER {name}",
        "ALTER TABLE {table} ENABLE TRIGGER {name}",
        "ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}",
        "ALTER TRIGGER {name} ON {table} RENAME TO another_{name}",
    ],
)
def test_every_trigger_is_missed(harm):
    assert_each_is_noticed(
        "The trigger {} is",
        {name: harm.format(name=name, table=table) for name, table in triggers()},
    )


def test_every_trigger_that_never_fires_is_noticed():
    """The same name, function and comment, but a condition that is never true."""
    harms = {}
    for name, table in triggers():
        definition = EXPECTED["trigger"][name]
        head, level = re.split(" FOR EACH (ROW|STATEMENT)", definition)[:2]
        function = definition[definition.index("EXECUTE FUNCTION") :]
        # PostgreSQL cannot replace a constraint trigger in one statement.
        harms[name] = (
            f"DROP TRIGGER {name} ON {table};"
            f"{head} FOR EACH {level} WHEN (false) {function};"
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
        )
    assert_each_is_noticed("The trigger {} is different", harms)


def test_every_harm_to_a_function_is_noticed():
    """It does nothing, searches elsewhere, or runs with another's privileges."""
    found = rows(FUNCTIONS, [sorted(EXPECTED["function"])])
    assert {name for name, *_ in found} == set(EXPECTED["function"])
    for harm in (
        "{head} AS $$ BEGIN END $$",
        "ALTER FUNCTION {signature} SET search_path = pg_temp, public",
        "ALTER FUNCTION {signature} SECURITY {whose}",
    ):
        assert_each_is_noticed(
            "The function {} is different",
            {
                name: harm.format(
                    signature=signature,
                    whose="INVOKER" if runs_as_owner else "DEFINER",
                    head=head,
                )
                for name, signature, runs_as_owner, head in found
            },
        )


def test_every_constraint_is_missed():
    assert_each_is_noticed(
        "The constraint {} is missing",
        {
            name: f"ALTER TABLE {definition.split(':', 1)[0]}"
            f" DROP CONSTRAINT IF EXISTS {name} CASCADE"
            for name, definition in EXPECTED["constraint"].items()
        },
    )


def test_every_check_that_is_weaker_is_noticed():
    harms = {}
    for name, definition in EXPECTED["constraint"].items():
        table, condition = definition.split(": ", 1)
        if condition.startswith("CHECK"):
            harms[name] = (
                f"ALTER TABLE {table} DROP CONSTRAINT {name},"
                f" ADD CONSTRAINT {name} CHECK (true)"
            )
    assert_each_is_noticed("The constraint {} is different", harms)


def test_every_unique_index_is_missed():
    harms = {}
    for name, definition in EXPECTED["unique index"].items():
        table = definition.split(" ON public.", 1)[1].split(" ", 1)[0]
        harms[name] = (
            f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE"
            if name in EXPECTED["constraint"]
            else f"DROP INDEX {name}"
        )
    assert_each_is_noticed("The unique index {} is missing", harms)


def test_a_unique_index_that_is_none_is_noticed():
    name = "award_once_per_prize"
    harm = (
        f"DROP INDEX {name}; CREATE INDEX {name} ON submissions_award (prize_id)"
        " WHERE taken_back_at IS NULL"
    )
    assert_each_is_noticed("The unique index {} is", {name: harm})


def harms_to_privileges(table: str, given: list[str]) -> list[str]:
    more = ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
    return [
        f"REVOKE ALL ON {table} FROM {ROLE}",
        *(f"REVOKE {privilege} ON {table} FROM {ROLE}" for privilege in given),
        *(
            f"GRANT {privilege} ON {table} TO {whom}"
            for privilege in more
            if privilege not in given
            for whom in (ROLE, "PUBLIC")
        ),
    ]


def test_every_privilege_is_watched():
    """Tables have unlike numbers of privileges: each turn harms those it can."""
    harms = {
        table: harms_to_privileges(table, given.split(", "))
        for table, given in privileges.declared().items()
    }
    for turn in range(max(map(len, harms.values()))):
        assert_each_is_noticed(
            f"The privileges of {ROLE} on {{}} are different",
            {table: some[turn] for table, some in harms.items() if turn < len(some)},
        )


def test_a_privilege_on_one_column_is_noticed():
    assert_each_is_noticed(
        f"The privileges of {ROLE} on {{}} are different",
        {"core_auditentry": f"GRANT UPDATE (reason) ON core_auditentry TO {ROLE}"},
    )


def test_a_table_of_another_owner_is_named():
    """The one other role that the owner belongs to on every server."""
    assert_each_is_noticed(
        "The table {} belongs to pg_database_owner",
        {
            table: f"ALTER TABLE {table} OWNER TO pg_database_owner"
            for table in db_invariants.tables()
        },
    )


@pytest.mark.parametrize(
    "harm",
    [
        "CREATE TRIGGER another BEFORE UPDATE ON core_mail"
        " FOR EACH ROW EXECUTE FUNCTION refuse_row('another')",
        "ALTER TABLE core_mail ADD CONSTRAINT another CHECK (true)",
        "CREATE UNIQUE INDEX another ON core_mail (id, attempts)",
        f"CREATE TABLE another (id bigint); GRANT INSERT ON another TO {ROLE}",
    ],
    ids=["trigger", "constraint", "unique index", "table"],
)
def test_what_no_release_declares_is_named(harm):
    """By the command alone: an upgrade must not make running processes unready."""
    alter(harm)
    with pytest.raises(CommandError, match="another"):
        call_command("states", "--check")
    assert db_invariants.differences() == []


def test_migrate_gives_what_is_declared_and_takes_the_rest():
    raw(f"GRANT UPDATE (reason) ON core_auditentry TO {ROLE}")
    raw(f"GRANT UPDATE ON django_migrations TO {ROLE}")
    raw("GRANT TRUNCATE ON django_session TO PUBLIC")
    raw(f"REVOKE INSERT ON core_mail FROM {ROLE}")
    raw("CREATE TABLE another (id bigint)")
    assert len(privileges.differences()) == 4
    privileges.grant_declared(plan=[])
    assert privileges.differences() == []
    assert privileges.undeclared() == []
