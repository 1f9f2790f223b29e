"""What takes guards away is not given to the site's role."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management import call_command

from mycenas.core.db import privileges
from mycenas.core.states import db_invariants
from tests.database.tools import one, raw, rows
from tests.database.write_paths.trying import NO_PRIVILEGE, attempt
from tests.database.write_paths.world import MACHINES

OWNER = "mycenas_owner"
FUNCTIONS = sorted(db_invariants.expected_catalog()["function"])
TRIGGERS = (
    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname = ANY (%s)"
)


def denied(statement: str) -> bool:
    refusal = attempt(lambda: raw(statement))
    return refusal is not None and refusal.code == NO_PRIVILEGE


def assert_denied(statements: Iterable[str]) -> None:
    done = [statement for statement in statements if not denied(statement)]
    assert not done, done


def triggers() -> list[tuple[str, str]]:
    names = sorted(db_invariants.expected_catalog()["trigger"])
    found = rows(TRIGGERS, [names])
    assert len(found) == len(names)
    return found


def test_who_acts_is_the_site(db):
    assert one("SELECT session_user") == privileges.APP_ROLE
    assert not db_invariants.owned_by_this_role()


HARMS_TO_A_TRIGGER = (
    "ALTER TABLE {table} DISABLE TRIGGER {name}",
    "ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}",
    "ALTER TRIGGER {name} ON {table} RENAME TO gone",
    "COMMENT ON TRIGGER {name} ON {table} IS 'x'",
)
HARMS_TO_A_TABLE = (
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER USER",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} ADD COLUMN x integer",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "ALTER TABLE {table} SET SCHEMA pg_temp",
    "CREATE TRIGGER a BEFORE UPDATE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE a AS ON UPDATE TO {table} DO INSTEAD NOTHING",
    "CREATE POLICY a ON {table}",
    "CREATE TEMP TABLE a () INHERITS ({table})",
    "DROP TABLE {table} CASCADE",
    "CREATE INDEX ON {table} (id)",
)


def test_no_trigger_can_be_harmed(db):
    """Each is dropped; one is harmed in all ways, which need the same owner."""
    found = triggers()
    name, table = found[0]
    assert_denied(f"DROP TRIGGER {name} ON {table}" for name, table in found)
    assert_denied(harm.format(name=name, table=table) for harm in HARMS_TO_A_TRIGGER)


def test_no_table_can_be_harmed(db):
    """Each is emptied and altered; one is harmed in all ways."""
    for harm in ("TRUNCATE {table}", "ALTER TABLE {table} DISABLE TRIGGER USER"):
        assert_denied(harm.format(table=table) for table in db_invariants.tables())
    table = MACHINES[0].table
    assert_denied(harm.format(table=table) for harm in HARMS_TO_A_TABLE)


def test_no_function_can_be_harmed(db):
    """Each is dropped; one that refuses rows is harmed in all ways."""
    signatures = [
        one(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE proname = %s"
            " AND pronamespace = 'public'::regnamespace",
            [name],
        )
        for name in FUNCTIONS
    ]
    assert_denied(f"DROP FUNCTION {signature} CASCADE" for signature in signatures)
    assert_denied(
        (
            "ALTER FUNCTION refuse_row() SET search_path = pg_temp",
            "ALTER FUNCTION refuse_row() OWNER TO CURRENT_USER",
            "CREATE OR REPLACE FUNCTION refuse_row() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        )
    )


def test_no_constraint_can_be_dropped(db):
    for machine in MACHINES:
        names = rows(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass",
            [machine.table],
        )
        drop = f"ALTER TABLE {machine.table} DROP CONSTRAINT"
        assert_denied(f"{drop} {name} CASCADE" for (name,) in names)


def test_no_session_can_be_made_stronger(db):
    assert_denied(
        (
            "SET session_replication_role = replica",
            "SET LOCAL session_replication_role = replica",
            "SELECT set_config('session_replication_role', 'replica', true)",
            f"SET ROLE {OWNER}",
            f"REASSIGN OWNED BY {OWNER} TO CURRENT_USER",
            f"GRANT {OWNER} TO CURRENT_USER",
            f"ALTER ROLE {OWNER} PASSWORD 'x'",
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz"
            " LANGUAGE sql AS $$ SELECT '-infinity'::timestamptz $$",
            "CREATE TABLE public.door (id bigint)",
            "CREATE SCHEMA door",
            "CREATE ROLE door",
            "UPDATE pg_trigger SET tgenabled = 'D'",
            "DELETE FROM pg_trigger",
            "DROP SCHEMA public CASCADE",
            "CREATE EVENT TRIGGER a ON sql_drop EXECUTE FUNCTION refuse_row()",
            "COPY competitions_competition FROM PROGRAM 'true'",
        )
    )
    # Refused inside of a transaction before anybody asks who it is.
    assert attempt(lambda: raw("ALTER SYSTEM SET session_replication_role = replica"))


def test_the_site_cannot_migrate_down(db):
    before = db_invariants.read_catalog()
    refusal = attempt(lambda: call_command("migrate", "campaigns", "0002", verbosity=0))
    assert refusal is not None
    assert refusal.code == NO_PRIVILEGE
    assert db_invariants.read_catalog() == before


def test_nobody_gives_itself_what_it_was_not_given(db):
    """PostgreSQL only warns of a grant that gives nothing."""
    for table in db_invariants.tables():
        raw(f"GRANT ALL ON {table} TO CURRENT_USER")
        for privilege in ("TRUNCATE", "TRIGGER", "REFERENCES"):
            sql = "SELECT has_table_privilege(%s, %s)"
            assert not one(sql, [table, privilege]), (table, privilege)


def test_the_site_may_not(db):
    assert_denied(
        (
            "DELETE FROM submissions_submission",
            "DELETE FROM submissions_award",
            "DELETE FROM core_auditentry",
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('a', 'b', now())",
            "UPDATE django_migrations SET applied = now()",
            "DELETE FROM django_migrations",
            "DELETE FROM campaigns_click",
            "UPDATE campaigns_impression SET shown_at = now()",
            "UPDATE interactions_view SET viewed_at = now()",
            "UPDATE interactions_like SET liked_at = now()",
            "UPDATE auth_permission SET codename = 'x'",
            "INSERT INTO auth_group (name) VALUES ('x')",
            "INSERT INTO accounts_user_user_permissions (user_id, permission_id)"
            " VALUES (1, 1)",
            "UPDATE django_admin_log SET change_message = 'x'",
        )
    )
