"""Row-level security: what it hides, what it refuses, and that it is watched."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from mycenas.core.db import counting_role
from mycenas.core.db.counting_role import require_counting_role
from mycenas.core.http.errors import policy_refusal
from mycenas.core.http.middleware import RefusalMiddleware
from mycenas.core.states import db_invariants
from tests.database.test_every_guard import assert_each_is_noticed
from tests.database.tools import one, raw, rows, undone

pytestmark = pytest.mark.django_db

EXPECTED = db_invariants.expected_catalog()
POLICIES = """
SELECT policyname, tablename, cmd, qual, with_check FROM pg_policies
WHERE schemaname = 'public' ORDER BY 1
"""
SEALED = sorted(EXPECTED["row-level security of"])


def policies():
    found = rows(POLICIES)
    assert {name for name, *_ in found} == set(EXPECTED["policy"])
    return found


def test_every_table_with_a_policy_forces_it():
    assert {table for _, table, *_ in policies()} == set(SEALED)
    assert set(EXPECTED["row-level security of"].values()) == {"ENABLE FORCE"}


@pytest.mark.parametrize(
    "harm",
    [
        "DROP POLICY {name} ON {table}",
        "ALTER POLICY {name} ON {table} RENAME TO another_{name}",
    ],
)
def test_every_policy_is_missed(harm):
    assert_each_is_noticed(
        "The policy {} is missing",
        {n: harm.format(name=n, table=table) for n, table, *_ in policies()},
    )


def test_every_policy_that_lets_more_through_is_noticed():
    words = {"SELECT": "USING (true)", "INSERT": "WITH CHECK (true)"}
    assert_each_is_noticed(
        "The policy {} is different",
        {
            name: f"ALTER POLICY {name} ON {table} {words[command]}"
            for name, table, command, *_ in policies()
        },
    )


@pytest.mark.parametrize("words", ["NO FORCE", "DISABLE"])
def test_a_table_that_is_not_sealed_is_noticed(words):
    assert_each_is_noticed(
        "The row-level security of {} is different",
        {t: f"ALTER TABLE {t} {words} ROW LEVEL SECURITY" for t in SEALED},
    )


def test_one_policy_more_is_named():
    raw("CREATE POLICY another ON judging_score FOR SELECT USING (true)")
    with pytest.raises(CommandError, match="another"):
        call_command("states", "--check", stdout=StringIO())


def test_a_restored_policy_reads_the_same():
    """A dump has each policy as PostgreSQL prints it."""
    before = db_invariants.read_catalog()["policy"]
    with undone():
        for name, table, command, using, check in policies():
            raw(f"DROP POLICY {name} ON {table}")
            raw(
                f"CREATE POLICY {name} ON {table} FOR {command}"
                + (f" USING ({using})" if using else "")
                + (f" WITH CHECK ({check})" if check else "")
            )
        assert db_invariants.read_catalog()["policy"] == before


def test_a_counting_function_of_another_owner_is_noticed():
    raw("ALTER FUNCTION judging_readings(bigint) OWNER TO CURRENT_USER")
    assert any("judging_readings" in one for one in db_invariants.differences())


def test_the_role_that_counts_cannot_log_in_and_writes_nothing():
    sql = "SELECT rolcanlogin OR rolsuper FROM pg_roles WHERE rolname = %s"
    assert one(sql, ["mycenas_counting"]) is False
    for table in db_invariants.tables():
        sql = "SELECT has_table_privilege('mycenas_counting', %s, %s)"
        assert not one(sql, [table, "INSERT, UPDATE, DELETE, TRUNCATE"]), table


def test_migrate_stops_where_the_role_is_missing(monkeypatch):
    require_counting_role()
    monkeypatch.setattr(counting_role, "COUNTING_ROLE", "missing_role")
    with pytest.raises(CommandError) as caught:
        call_command("migrate", verbosity=0)
    said = str(caught.value)
    assert "The database role missing_role is missing" in said
    assert "python -m mycenas.embedded roles" in said
    assert "GRANT missing_role TO mycenas_owner" in said


def without_permission(sql):
    with pytest.raises(ProgrammingError) as caught, transaction.atomic():
        raw(sql)
    return caught.value


def test_a_refusal_by_a_policy_is_a_sentence():
    raw("CREATE TABLE sealed (id bigint)")
    raw("ALTER TABLE sealed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    error = without_permission("INSERT INTO sealed VALUES (1)")
    answer = RefusalMiddleware(lambda request: HttpResponse()).process_exception(
        RequestFactory().post("/"), error
    )
    assert answer is not None
    assert answer.status_code == 403
    assert "owner alone" in answer.content.decode()


def test_a_missing_privilege_stays_a_bug():
    error = without_permission("SELECT FROM pg_authid")
    assert getattr(error.__cause__, "sqlstate", "") == "42501"
    assert policy_refusal(error) is None
