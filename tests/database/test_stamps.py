"""The database clock stamps what people decide; no statement sets another moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns import workflow as campaigning
from campaigns.models import Click, Impression
from competitions.states import CompetitionState
from interactions.models import Like, View
from mycenas.core.db import database
from mycenas.core.http.errors import ProblemError
from mycenas.core.signing import rotate
from submissions.models import Award, Canary, Submission
from submissions.review import workflow as review
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, one, raw, refused
from tests.database.write_paths.test_moments import written
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
)

pytestmark = pytest.mark.django_db

PAST = "'2001-01-01'"


def column(row, name):
    return one(f"SELECT {name} FROM {row._meta.db_table} WHERE id = %s", [row.pk])


def award(**facts):
    return AwardFactory(submission=contest("closed").submissions.get(), **facts)


def change(row, changes):
    """The statement's changes, in one row; and the moment before."""
    before = database.now()
    raw(f"UPDATE {row._meta.db_table} SET {changes} WHERE id = %s", [row.pk])
    return before


@pytest.mark.parametrize(
    ("make", "changes", "stamp"),
    [
        (
            lambda: SubmissionFactory(state=S.PENDING),
            f"state = 'approved', decided_at = {PAST}, decided_by_id ="
            " (SELECT max(id) FROM accounts_user WHERE id <> participant_id)",
            "decided_at",
        ),
        (
            lambda: SubmissionFactory(state=S.PENDING),
            f"state = 'withdrawn', withdrawn_at = {PAST}",
            "withdrawn_at",
        ),
        (award, f"taken_back_at = {PAST}", "taken_back_at"),
        (
            lambda: CampaignFactory(state="running"),
            f"state = 'ended', ended_at = {PAST}",
            "ended_at",
        ),
        (rotate, f"retired_at = {PAST}", "retired_at"),
        (
            lambda: SubmissionFactory(state=S.RESERVED),
            f"refused_at = {PAST}, refusal = 'why'",
            "refused_at",
        ),
        (
            lambda: SubmissionFactory(state=S.RESERVED),
            "refused_at = '2100-01-01', refusal = 'why'",
            "refused_at",
        ),
    ],
)
def test_a_change_is_stamped_now(make, changes, stamp):
    row = make()
    before = change(row, changes)
    assert before <= column(row, stamp) <= database.now()


def test_an_approval_is_stamped_now():
    draft = CampaignFactory()
    approver = organizer_of(draft)
    campaigning.approve(draft, by=approver)
    campaigning.schedule(draft, by=approver)
    campaigning.back_to_draft(draft, by=approver)
    before = change(draft, f"approved_at = {PAST}, approved_by_id = {approver.pk}")
    assert column(draft, "approved_at") >= before


@pytest.mark.parametrize(
    ("make", "stamp"),
    [
        (lambda: CompetitionFactory(created_at="2001-01-01T00:00Z"), "created_at"),
        (lambda: CampaignFactory(created_at="2001-01-01T00:00Z"), "created_at"),
        (lambda: award(awarded_at="2001-01-01T00:00Z"), "awarded_at"),
        (
            lambda: Submission.objects.create(
                competition=CompetitionFactory(state="open"),
                participant=UserFactory(),
                title="Dusk",
                rules_accepted_at="2001-01-01T00:00Z",
            ),
            "rules_accepted_at",
        ),
        (
            lambda: Like.objects.create(
                submission=SubmissionFactory(state=S.APPROVED),
                user=UserFactory(),
                liked_at="2001-01-01T00:00Z",
            ),
            "liked_at",
        ),
        (
            lambda: View.objects.create(
                submission=SubmissionFactory(state=S.APPROVED),
                visitor="v",
                viewed_on="2026-05-14",
                viewed_at="2001-01-01T00:00Z",
            ),
            "viewed_at",
        ),
        (lambda: UserFactory(date_joined="2001-01-01T00:00Z"), "date_joined"),
        (
            lambda: Impression.objects.create(
                campaign=CampaignFactory(state="running"),
                visitor="v",
                shown_on="2026-05-14",
                shown_at="2001-01-01T00:00Z",
            ),
            "shown_at",
        ),
    ],
)
def test_a_new_row_is_stamped_now(make, stamp):
    before = database.now()
    assert column(make(), stamp) >= before


@pytest.mark.parametrize(
    ("make", "changes", "rule"),
    [
        (
            lambda: SubmissionFactory(state=S.APPROVED),
            f"decided_at = {PAST}",
            "submission_decision_stays",
        ),
        (
            lambda: SubmissionFactory(state=S.REJECTED),
            "decision_reason = 'another'",
            "submission_decision_stays",
        ),
        (
            lambda: SubmissionFactory(state=S.REJECTED),
            "decision_code = 'rules'",
            "submission_decision_stays",
        ),
        (
            lambda: SubmissionFactory(state=S.WITHDRAWN),
            f"withdrawn_at = {PAST}",
            "submission_decision_stays",
        ),
        (
            lambda: SubmissionFactory(state=S.RECEIVED),
            f"refused_at = {PAST}, refusal = 'why'",
            "submission_facts_stay",
        ),
        (
            lambda: SubmissionFactory(state=S.RECEIVED),
            "entered_again = NOT entered_again",
            "submission_facts_stay",
        ),
        (award, f"awarded_at = {PAST}", "award_stays"),
        (award, "awarded_by_id = awarded_by_id + 1", "award_stays"),
        (CompetitionFactory, f"created_at = {PAST}", "competition_facts_stay"),
        (
            lambda: CampaignFactory(state="running"),
            f"approved_at = {PAST}",
            "campaign_decision_stays",
        ),
        (
            lambda: CampaignFactory(state="ended"),
            f"ended_at = {PAST}",
            "campaign_decision_stays",
        ),
        (
            lambda: CampaignFactory(state="running"),
            "picture_width = picture_width + 1",
            "campaign_approved_stays",
        ),
    ],
)
def test_a_stamp_stays(make, changes, rule):
    row = make()
    sql = f"UPDATE {row._meta.db_table} SET {changes} WHERE id = %s"
    assert refused(sql, [row.pk]) == rule


DECISIONS = {
    "approved": S.PENDING,
    "rejected": S.PENDING,
    "disqualified": S.APPROVED,
    "pending": S.REJECTED,
}


def test_a_cancelled_competition_decides_nothing():
    competition = CompetitionFactory(state="open")
    entries = {
        state: SubmissionFactory(competition=competition, state=state)
        for state in set(DECISIONS.values())
    }
    change(competition, "cancelled_at = clock_timestamp(), cancel_reason = 'storm'")
    sql = (
        "UPDATE submissions_submission SET state = %s, decision_reason = 'why'"
        " WHERE id = %s"
    )
    for new, old in DECISIONS.items():
        name = refused(sql, [new, entries[old].pk])
        assert name == "submission_competition_cancelled", new


def test_a_moderator_reads_why_a_cancelled_competition_decides_nothing():
    entry = SubmissionFactory(state=S.PENDING)
    change(
        entry.competition,
        "cancelled_at = clock_timestamp(), cancel_reason = 'storm'",
    )
    entry.competition.refresh_from_db()
    with pytest.raises(ProblemError, match="is cancelled"):
        review.approve(entry, by=moderator_of(entry))
    assert entry.competition.state == CompetitionState.OPEN
    assert not Award.objects.exists()


def test_when_a_person_joined_stays():
    person = UserFactory()
    before = column(person, "date_joined")
    raw(f"UPDATE accounts_user SET date_joined = {PAST}, name = 'another'")
    assert column(person, "date_joined") == before
    assert column(person, "name") == "another"


def counted():
    view = View.objects.create(
        submission=SubmissionFactory(state=S.APPROVED),
        visitor="v",
        viewed_on="2001-01-01",
    )
    impression = Impression.objects.create(
        campaign=CampaignFactory(state="running"), visitor="v", shown_on="2200-01-01"
    )
    return view, impression, Click.objects.create(impression=impression)


def test_a_visit_counts_today_and_not_on_another_day():
    view, impression, _ = counted()
    today = database.now().date()
    for day in (column(view, "viewed_on"), column(impression, "shown_on")):
        assert today - day <= timedelta(days=1)
        assert day <= today


@pytest.mark.parametrize("change", ["repeats + 2", "repeats + 1000000", "repeats - 1"])
def test_repeats_are_counted_one_by_one(change):
    for row in counted():
        update = f"UPDATE {row._meta.db_table} SET repeats = "
        raw(update + "repeats + 1")
        assert refused(update + change) == "counted_one_by_one"


def test_a_count_starts_at_none():
    for row in counted():
        table = row._meta.db_table
        raw(f"CREATE TEMP TABLE one AS SELECT * FROM {table}")
        raw("UPDATE one SET repeats = 5")
        insert = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM one"
        assert refused(insert) == "counted_one_by_one"
        raw("DROP TABLE one")


def test_without_its_guard_a_moment_is_written():
    """What `write_paths/test_moments.py` looks for is found where no guard is."""
    Canary.objects.create(pk=Canary.ONLY)
    assert not written("submissions_canary", "finished_at")
    drop_guard("canary_stamped_when_moved")
    assert written("submissions_canary", "finished_at")
