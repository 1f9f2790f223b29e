"""No statement of the site's role writes a moment of its own choice.

Each column with a moment is tried, as the catalog lists them; those that people or the
site plan are named here, with the reason.
"""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from campaigns.models import Click, Impression
from interactions.models import Like, View
from mycenas.accounts import workflow
from mycenas.accounts.models import Role
from mycenas.core.signing import rotate
from submissions.review.claims.workflow import claim
from tests.database.tools import one, raw, refused, rows
from tests.factories import UserFactory, moderator_of, staff

FUTURE = "2190-01-01"
COLUMNS = """
SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
  AND atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
  AND attnum > 0 ORDER BY 1, 2
"""
# Moments that are ahead, because somebody or the site plans them.
PLANNED = {
    ("campaigns_campaign", "starts_at"): "organizers choose it",
    ("campaigns_campaign", "ends_at"): "organizers choose it",
    ("competitions_competition", "opens_at"): "organizers choose it",
    ("competitions_competition", "closes_at"): "organizers choose it",
    ("judging_round", "closes_at"): "organizers choose it",
    ("core_mail", "not_before"): "the sender may wait, as for an undo",
    ("django_session", "expire_date"): "SESSION_COOKIE_AGE says how long",
    ("exports_export", "lease_until"): "a worker renews it",
    ("submissions_submission", "lease_until"): "a worker renews it",
    ("submissions_submission", "next_attempt_at"): "a worker puts a retry off",
    ("submissions_submission", "undo_until"): "settings say how long",
    ("submissions_submission", "upload_until"): "settings say how long",
}
MADE = (
    "INSERT INTO submissions_canary (id, attempt, finished, original, sha256, size)"
    " VALUES (1, 0, 0, '', '', 0) ON CONFLICT DO NOTHING",
    "INSERT INTO django_admin_log (user_id, action_time, action_flag, object_repr,"
    " change_message) SELECT max(id), now(), 1, 'x', '' FROM accounts_user",
    "INSERT INTO mfa_authenticator (user_id, type, data, created_at)"
    " SELECT max(id), 'totp', '{\"secret\": \"ABCDEFGH\"}', now() FROM accounts_user",
    'INSERT INTO account_emailaddress (user_id, email, verified, "primary")'
    " SELECT max(id), 'moments@example.org', false, false FROM accounts_user",
    "INSERT INTO account_emailconfirmation (email_address_id, created, key)"
    " SELECT max(id), now(), 'key' FROM account_emailaddress",
)


# Their guards have tests of their own.
ELSEWHERE = {
    "appeals_appeal", "approvals_approval", "blind_unblinding", "competitions_hold",
    "core_auditentry", "django_migrations", "draws_draw", "judging_assignment",
    "judging_conflict", "judging_juror", "judging_remark", "judging_round",
    "judging_score", "permits_permit", "results_result",
    "roles_competitioninvitation", "submissions_receipt",
}  # fmt: skip


@pytest.fixture
def filled(world):
    """A row at least in each table that has a moment."""
    for states in (("running", "ended"), ("draft",)):
        for state in states:
            world["campaign", state]
    entry = world["submission", "approved"]
    for state in ("reserved", "withdrawn", "rejected"):
        world["submission", state]
    world["competition", "closed"]
    world["export", "done"]
    organization = world["competition", "draft"].organization
    workflow.invite(
        organization,
        name="Bo",
        email="bo@example.org",
        role=Role.JUROR,
        by=staff(Role.ORGANIZER, organization),
    )
    waiting = world["submission", "pending"]
    claim(waiting, by=moderator_of(waiting))
    Like.objects.create(submission=entry, user=UserFactory())
    View.objects.create(submission=entry, visitor="v", viewed_on="2026-01-01")
    campaign = world["campaign", "running"]
    shown = Impression.objects.create(
        campaign=campaign, visitor="v", shown_on="2026-01-01"
    )
    Click.objects.create(impression=shown)
    rotate()
    for statement in MADE:
        raw(statement)
    return world


def written(table: str, column: str) -> bool:
    """Whether a statement gives any row of the table the moment."""
    try:
        with transaction.atomic():
            raw(f"UPDATE {table} SET {column} = %s", [FUTURE])
            raw("SET CONSTRAINTS ALL IMMEDIATE")
            sql = f"SELECT count(*) FROM {table} WHERE {column} = %s"
            found = bool(one(sql, [FUTURE]))
            transaction.set_rollback(True)
            return found
    except DatabaseError:
        return False


def test_no_statement_writes_a_moment_of_its_choice(filled):
    assert one("SELECT session_user") == "mycenas_app"
    columns = set(rows(COLUMNS))
    assert set(PLANNED) <= columns
    tables = {table for table, _column in columns - set(PLANNED)}
    assert {t for t in tables if not one(f"SELECT count(*) FROM {t}")} <= ELSEWHERE
    unguarded = {pair for pair in columns - set(PLANNED) if written(*pair)}
    assert unguarded == set()


@pytest.mark.parametrize(
    ("table", "column", "statement"),
    [
        (
            "django_admin_log",
            "action_time",
            "INSERT INTO django_admin_log (user_id, action_time, action_flag,"
            " object_repr, change_message) SELECT max(id), %s, 1, 'x', ''"
            " FROM accounts_user",
        ),
        (
            "mfa_authenticator",
            "created_at",
            "INSERT INTO mfa_authenticator (user_id, type, data, created_at)"
            " SELECT min(id), 'totp', '{\"secret\": \"ABCDEFGH\"}', %s"
            " FROM accounts_user",
        ),
    ],
)
def test_a_new_row_is_stamped(filled, table, column, statement):
    raw(statement, [FUTURE])
    late = f"SELECT count(*) FROM {table} WHERE {column} > clock_timestamp()"
    assert one(late) == 0


def test_a_new_canary_is_stamped(db):
    raw(
        "INSERT INTO submissions_canary (id, attempt, finished, original, sha256, size,"
        " began_at, finished_at) VALUES (1, 0, 0, '', '', 0, %s, %s)",
        [FUTURE, FUTURE],
    )
    late = "began_at > clock_timestamp() OR finished_at > clock_timestamp()"
    assert one(f"SELECT count(*) FROM submissions_canary WHERE {late}") == 0


def test_the_log_of_the_admin_is_not_deleted_but_with_its_person(world):
    raw(
        "INSERT INTO accounts_user (email, password, name, is_superuser, is_staff,"
        " is_active, date_joined, session_generation) VALUES"
        " ('gone@example.org', '', 'Gone', false, false, true, now(), 0)"
    )
    person = one("SELECT id FROM accounts_user WHERE email = 'gone@example.org'")
    raw(
        "INSERT INTO django_admin_log (user_id, action_time, action_flag, object_repr,"
        " change_message) VALUES (%s, now(), 1, 'x', '')",
        [person],
    )
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    delete = "DELETE FROM django_admin_log WHERE user_id = %s"
    assert refused(delete, [person]) == "admin_log_stays"
    raw("SET CONSTRAINTS ALL DEFERRED")
    raw(delete, [person])
    raw("DELETE FROM accounts_user WHERE id = %s", [person])
    raw("SET CONSTRAINTS ALL IMMEDIATE")
