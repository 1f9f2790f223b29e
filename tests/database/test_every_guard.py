"""Each guard of the expected catalog, harmed once: the watch says so by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from mycenas.core import guards, privileges
from tests.database.tools import one, raw, rows

pytestmark = pytest.mark.django_db

EXPECTED = guards.expected_catalog()
TABLE_OF_TRIGGER = (
    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
    " AND tgname = ANY (%s)"
)


@contextmanager
def taken_back() -> Iterator[None]:
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    raw("SAVEPOINT harm")
    yield
    raw("ROLLBACK TO SAVEPOINT harm")


def assert_noticed(name: str, *harm: str) -> None:
    """The comparison says the name."""
    with taken_back():
        for statement in harm:
            raw(statement)
        said = guards.differences()
    assert any(name in sentence for sentence in said), "; ".join(harm)


def triggers() -> list[tuple[str, str]]:
    found = rows(TABLE_OF_TRIGGER, [sorted(EXPECTED["trigger"])])
    assert {name for name, _ in found} == set(EXPECTED["trigger"])
    return found


def test_unharmed_nothing_is_said():
    assert guards.differences() == []
    call_command("states", "--check", stdout=StringIO())
    assert Client().get("/healthz/ready").status_code == 200


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("award_guard", "DROP TRIGGER award_guard ON submissions_award"),
        ("refuse_row", "ALTER FUNCTION refuse_row SECURITY DEFINER"),
        (
            "core_mail_attempts_check",
            "ALTER TABLE core_mail DROP CONSTRAINT core_mail_attempts_check",
        ),
        ("award_once_per_prize", "DROP INDEX award_once_per_prize"),
        (
            "submissions_award",
            f"GRANT DELETE ON submissions_award TO {privileges.APP_ROLE}",
        ),
        ("core_mail", "ALTER TABLE core_mail OWNER TO pg_database_owner"),
    ],
    ids=["trigger", "function", "constraint", "unique index", "privilege", "owner"],
)
def test_the_command_and_the_health_page_say_what_the_comparison_says(name, harm):
    """Each kind once: below, the comparison alone is asked, hundreds of times."""
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    raw(harm)
    said = [sentence for sentence in guards.differences() if name in sentence]
    assert said != []
    with pytest.raises(CommandError) as complaint:
        call_command("states", "--check")
    answer = Client().get("/healthz/ready")
    assert answer.status_code == 503
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
        "ALTER TRIGGER {name} ON {table} RENAME TO another",
    ],
)
def test_every_trigger_is_missed(harm):
    for name, table in triggers():
        assert_noticed(name, harm.format(name=name, table=table))


def test_every_trigger_that_never_fires_is_noticed():
    """The same name, function and comment, but a condition that is never true."""
    for name, table in triggers():
        definition = EXPECTED["trigger"][name]
        head = definition.split(" FOR EACH ROW", 1)[0]
        function = definition[definition.index("EXECUTE FUNCTION") :]
        assert_noticed(
            name,
            f"{head.replace('CREATE', 'CREATE OR REPLACE', 1)} FOR EACH ROW"
            f" WHEN (false) {function}",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        )


@pytest.mark.parametrize("name", sorted(EXPECTED["function"]))
def test_every_function_that_does_nothing_is_noticed(name):
    head = one(
        "SELECT split_part(pg_get_functiondef(oid), 'AS $', 1) FROM pg_proc"
        " WHERE proname = %s AND pronamespace = 'public'::regnamespace",
        [name],
    )
    assert_noticed(name, f"{head} AS $$ BEGIN END $$")


@pytest.mark.parametrize("name", sorted(EXPECTED["function"]))
def test_a_function_that_searches_elsewhere_is_noticed(name):
    signature = one(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = %s"
        " AND pronamespace = 'public'::regnamespace",
        [name],
    )
    assert_noticed(
        name, f"ALTER FUNCTION {signature} SET search_path = pg_temp, public"
    )


@pytest.mark.parametrize("name", sorted(EXPECTED["function"]))
def test_a_function_that_runs_as_somebody_else_is_noticed(name):
    signature, definer = rows(
        "SELECT oid::regprocedure::text, prosecdef FROM pg_proc WHERE proname = %s"
        " AND pronamespace = 'public'::regnamespace",
        [name],
    )[0]
    whose = "INVOKER" if definer else "DEFINER"
    assert_noticed(name, f"ALTER FUNCTION {signature} SECURITY {whose}")


def test_every_constraint_is_missed():
    for name, definition in EXPECTED["constraint"].items():
        table = definition.split(":", 1)[0]
        assert_noticed(name, f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")


def test_every_check_that_is_weaker_is_noticed():
    for name, definition in EXPECTED["constraint"].items():
        table, condition = definition.split(": ", 1)
        if condition.startswith("CHECK"):
            assert_noticed(
                name,
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (true)",
            )


def test_every_unique_index_is_missed():
    constraints = EXPECTED["constraint"]
    for name, definition in EXPECTED["unique index"].items():
        table = definition.split(" ON public.", 1)[1].split(" ", 1)[0]
        assert_noticed(
            name,
            f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"
            if name in constraints
            else f"DROP INDEX {name}",
        )


def test_a_unique_index_that_is_none_is_noticed():
    name = "award_once_per_prize"
    assert_noticed(
        name,
        f"DROP INDEX {name}",
        f"CREATE INDEX {name} ON submissions_award (prize_id)"
        " WHERE taken_back_at IS NULL",
    )


@pytest.mark.parametrize("table", sorted(privileges.declared()))
def test_every_privilege_is_watched(table):
    given = privileges.declared()[table].split(", ")
    for privilege in given:
        assert_noticed(
            table, f"REVOKE {privilege} ON {table} FROM {privileges.APP_ROLE}"
        )
    for more in ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"):
        if more not in given:
            assert_noticed(table, f"GRANT {more} ON {table} TO {privileges.APP_ROLE}")
            assert_noticed(table, f"GRANT {more} ON {table} TO PUBLIC")
    assert_noticed(table, f"REVOKE ALL ON {table} FROM {privileges.APP_ROLE}")


def test_a_privilege_on_one_column_is_noticed():
    assert_noticed(
        "core_auditentry",
        f"GRANT UPDATE (reason) ON core_auditentry TO {privileges.APP_ROLE}",
    )


@pytest.mark.parametrize("table", guards.tables())
def test_a_table_of_another_owner_is_named(table):
    """The one other role that the owner belongs to on every server."""
    assert_noticed(table, f"ALTER TABLE {table} OWNER TO pg_database_owner")


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        (
            "another",
            "CREATE TRIGGER another BEFORE UPDATE ON core_mail"
            " FOR EACH ROW EXECUTE FUNCTION refuse_row('another')",
        ),
        ("another", "ALTER TABLE core_mail ADD CONSTRAINT another CHECK (true)"),
        ("another", "CREATE UNIQUE INDEX another ON core_mail (id, attempts)"),
        (
            "another",
            "CREATE TABLE another (id bigint);"
            f" GRANT INSERT ON another TO {privileges.APP_ROLE}",
        ),
    ],
    ids=["trigger", "constraint", "unique index", "table"],
)
def test_what_no_release_declares_is_named(name, harm):
    """By the command alone: an upgrade must not make running processes unready."""
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    raw(harm)
    with pytest.raises(CommandError, match=name):
        call_command("states", "--check")
    assert guards.differences() == []


def test_migrate_gives_what_is_declared_and_takes_the_rest():
    role = privileges.APP_ROLE
    raw(f"GRANT UPDATE (reason) ON core_auditentry TO {role}")
    raw(f"GRANT UPDATE ON django_migrations TO {role}")
    raw("GRANT TRUNCATE ON django_session TO PUBLIC")
    raw(f"REVOKE INSERT ON core_mail FROM {role}")
    raw("CREATE TABLE another (id bigint)")
    assert len(privileges.differences()) == 4
    privileges.grant_declared(plan=[])
    assert privileges.differences() == []
    assert privileges.undeclared() == []
