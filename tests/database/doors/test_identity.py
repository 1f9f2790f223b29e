"""Ways around a move: another row, another key, another moment."""

from __future__ import annotations

import pytest

from competitions.states import COMPETITION, CompetitionState
from submissions.states import SUBMISSION, WITHOUT_FILE
from submissions.states import SubmissionState as S
from tests.database.doors.trying import NO_PRIVILEGE, attempt, whole
from tests.database.doors.world import TIMES, changes, states
from tests.database.tools import raw

BEYOND_DRAFT = [state for state in states(COMPETITION) if state != "draft"]
LATER = "clock_timestamp() + interval '1 hour'"
EARLIER = "clock_timestamp() - interval '30 days'"


def name_of_refusal(row, assignment):
    """The guard that refuses it; the row is as it was."""
    before = whole(row)
    refusal = attempt(
        lambda: raw(f"UPDATE {row._meta.db_table} SET {assignment} WHERE id = {row.pk}")
    )
    assert whole(row) == before
    assert refusal is not None, assignment
    assert refusal.is_proper, refusal
    return refusal.name


@pytest.mark.parametrize("state", BEYOND_DRAFT)
def test_a_competition_that_began_is_not_deleted_to_begin_again(world, state):
    row = world["competition", state]
    refusal = attempt(
        lambda: raw("DELETE FROM competitions_competition WHERE id = %s", [row.pk])
    )
    assert refusal is not None
    assert refusal.name == "competition_stays"


@pytest.mark.parametrize("state", states(SUBMISSION))
def test_an_entry_is_never_deleted(world, state):
    row = world["submission", state]
    refusal = attempt(
        lambda: raw("DELETE FROM submissions_submission WHERE id = %s", [row.pk])
    )
    assert refusal is not None
    assert refusal.code == NO_PRIVILEGE
    assert attempt(row.delete) is not None


def test_a_draft_comes_back_as_a_draft_only(world):
    draft = world["competition", "draft"]
    moved = changes(COMPETITION, draft, "open")

    def come_back_open():
        draft.prizes.all().delete()
        type(draft).objects.filter(pk=draft.pk).delete()
        for name, value in moved.items():
            setattr(draft, name, value)
        draft.save(force_insert=True)

    refusal = attempt(come_back_open)
    assert refusal is not None
    assert refusal.name == "competition_starts"


@pytest.mark.parametrize("state", states(COMPETITION))
def test_a_competition_keeps_its_key(world, state):
    row = world["competition", state]
    expected = (
        "competition_is_final"
        if state == "winner_announced"
        else "competition_facts_stay"
    )
    assert name_of_refusal(row, f"id = {row.pk + 100_000}") == expected


@pytest.mark.parametrize("state", BEYOND_DRAFT)
def test_a_competition_keeps_its_organization(world, state):
    row, other = world["competition", state], world["competition", "draft"]
    expected = (
        "competition_is_final"
        if state == "winner_announced"
        else "competition_facts_stay"
    )
    change = f"organization_id = {other.organization_id}"
    assert name_of_refusal(row, change) == expected


@pytest.mark.parametrize("state", states(SUBMISSION))
def test_an_entry_stays_in_its_competition_and_with_its_person(world, state):
    row = world["submission", state]
    other = next(s for s in world.values() if s._meta == row._meta and s.pk != row.pk)
    for change in (
        f"id = {row.pk + 100_000}",
        f"competition_id = {other.competition_id}",
        f"participant_id = {other.participant_id}",
        "token = repeat('t', 32)",
        "public_id = repeat('p', 11)",
    ):
        assert name_of_refusal(row, change) == "submission_facts_stay", change


def test_what_belongs_to_a_competition_stays_in_it(world):
    closed, target = world["competition", "closed"], world["competition", "open"]
    move = f"competition_id = {target.pk}"
    assert name_of_refusal(closed.prizes.get(), move) == "competition_facts_stay"
    assert name_of_refusal(closed.awards.get(), move) == "award_to_approved_entry"
    final = world["competition", "winner_announced"]
    assert name_of_refusal(final.prizes.get(), move) == "competition_is_final"
    inverse = f"competition_id = {final.pk}"
    assert name_of_refusal(closed.awards.get(), inverse) == "competition_is_final"


def test_a_prize_of_another_competition_is_not_given(world):
    closed, other = world["competition", "closed"], world["competition", "moderation"]
    award = closed.awards.get()
    for change in (
        f"prize_id = {other.prizes.get().pk}",
        f"submission_id = {other.submissions.get().pk}",
    ):
        assert name_of_refusal(award, change) == "award_to_approved_entry"


@pytest.mark.parametrize("state", ["scheduled", "running", "paused", "ended"])
def test_an_approved_campaign_stays_in_its_competition(world, state):
    row, other = world["campaign", state], world["competition", "open"]
    for change in (
        f"competition_id = {other.pk}",
        "headline = 'Another'",
        "picture = 'another.webp'",
        "target_url = 'https://elsewhere.example/'",
    ):
        assert name_of_refusal(row, change) == "campaign_approved_stays", change


@pytest.mark.parametrize("state", states(COMPETITION))
def test_the_moments_of_a_competition_change_with_its_state_only(world, state):
    row = world["competition", state]
    for column in TIMES:
        now = getattr(row, column)
        for moment in ("NULL", EARLIER, LATER):
            if now is not None or moment != "NULL":
                assert name_of_refusal(row, f"{column} = {moment}")


@pytest.mark.parametrize("state", BEYOND_DRAFT)
def test_the_dates_of_a_competition_that_began_are_not_turned_back(world, state):
    row = world["competition", state]
    for change in (
        f"opens_at = {EARLIER}",
        "opens_at = NULL",
        "closes_at = opens_at + interval '1 minute'",
        "closes_at = NULL",
        f"closes_at = {LATER}, deadline_reason = 'again'",
    ):
        assert name_of_refusal(row, change), change


@pytest.mark.parametrize("state", states(SUBMISSION))
def test_the_moments_of_an_entry_are_facts(world, state):
    row = world["submission", state]
    columns = ["arrived_at", "upload_until", "rules_accepted_at"]
    if state not in WITHOUT_FILE:
        columns.append("received_at")
    for column in columns:
        for moment in (EARLIER, LATER):
            change = f"{column} = {moment}"
            assert name_of_refusal(row, change) == "submission_facts_stay", change
    assert name_of_refusal(
        row,
        "withdrawn_at = NULL" if state == S.WITHDRAWN else f"withdrawn_at = {LATER}",
    )


@pytest.mark.parametrize("state", [s for s in S if s not in WITHOUT_FILE])
def test_the_file_of_an_entry_is_a_fact(world, state):
    row = world["submission", state]
    for change in (
        "sha256 = repeat('b', 64)",
        "size = size + 1",
        "original = 'another'",
        "original_name = 'another.jpg'",
        "title = 'Another'",
        "declared_size = 1",
    ):
        assert name_of_refusal(row, change) == "submission_facts_stay", change


def test_a_campaign_is_ended_once(world):
    for state in ("draft", "scheduled", "running", "paused"):
        row = world["campaign", state]
        assert name_of_refusal(row, f"ended_at = {LATER}") == "campaign_ended_at_tied"
    ended = world["campaign", "ended"]
    assert name_of_refusal(ended, "ended_at = NULL") == "campaign_ended_at_tied"


def test_the_control_is_a_column_that_nobody_guards(world):
    row = world["competition", CompetitionState.OPEN]
    assert (
        attempt(
            lambda: raw(
                "UPDATE competitions_competition SET summary = 'New' WHERE id = %s",
                [row.pk],
            )
        )
        is None
    )
