"""A stamp is the moment of the change, however long its statement has run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from submissions.states import SubmissionState as S
from tests.database.test_stamps import change, column
from tests.database.tools import one, raw
from tests.factories import CampaignFactory, CompetitionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

LONG_STATEMENTS = [
    (
        "INSERT INTO accounts_user (password, is_superuser, is_staff, is_active,"
        " date_joined, email, name, session_generation) VALUES ('', false, false, true,"
        " statement_timestamp(), 'ada@example.org', '', 0)",
        "SELECT max(date_joined) FROM accounts_user",
    ),
    (
        'INSERT INTO core_mail ("to", subject, body, template, attempts)'
        " VALUES ('ada@example.org', '', '', '', 0)",
        "SELECT max(created_at) FROM core_mail",
    ),
    (
        "INSERT INTO interactions_view (submission_id, visitor, viewed_on)"
        " SELECT max(id), 'v', '2026-05-14' FROM submissions_submission",
        "SELECT max(viewed_at) FROM interactions_view",
    ),
    (
        "INSERT INTO campaigns_impression (id, campaign_id, visitor, shown_on)"
        " SELECT gen_random_uuid(), max(id), 'v', '2026-05-14' FROM campaigns_campaign",
        "SELECT max(shown_at) FROM campaigns_impression",
    ),
    (
        "INSERT INTO submissions_submission (token, public_id, title, description,"
        " alt_text, idempotency_key, competition_id, participant_id, state,"
        " original_name, attempt, strikes, lost_leases, lease_owner, fault_code, fault,"
        " media_type, decision_reason, decision_code, refusal, entered_again)"
        " SELECT repeat('t', 32), repeat('p', 11), 't', '', '', 'long-key',"
        " competition_id, participant_id, 'reserved', '', 0, 0, 0, '', '', '', '', '',"
        " '', '', true FROM submissions_submission LIMIT 1",
        "SELECT max(rules_accepted_at) FROM submissions_submission",
    ),
]


@pytest.mark.parametrize(("insert", "stamped"), LONG_STATEMENTS)
def test_a_long_statement_stamps_its_end(insert, stamped):
    """What it inserts at its end did not happen when it began."""
    SubmissionFactory(
        state=S.APPROVED, competition=CompetitionFactory(state="open", max_entries=5)
    )
    CampaignFactory(state="running")
    raw(f"DO $$ BEGIN PERFORM pg_sleep(1.5); {insert}; END $$")
    ago = one(f"SELECT clock_timestamp() - ({stamped})")
    assert ago < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("make", "changes", "stamp"),
    [
        (
            lambda: CompetitionFactory(state="open"),
            "cancelled_at = now(), cancel_reason = 'storm'",
            "cancelled_at",
        ),
        (
            lambda: CompetitionFactory(state="open"),
            "state = 'moderation', closes_at = now(), deadline_reason = 'x',"
            " moderation_started_at = now()",
            "moderation_started_at",
        ),
    ],
)
def test_a_move_is_stamped_when_it_is_made_and_not_when_its_transaction_began(
    make, changes, stamp
):
    row = make()
    before = change(row, changes)
    assert column(row, stamp) >= before
