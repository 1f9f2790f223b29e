"""What PostgreSQL refuses of competitions and their parts, of any role."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from submissions.review.workflow import take_award_back
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, leave_only, raw, refused, undone
from tests.factories import (
    DAY,
    AwardFactory,
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    PrizeFactory,
    SubmissionFactory,
    contest,
    organizer_of,
    timezone,
    walk_competition,
)

pytestmark = pytest.mark.django_db

UPDATE = "UPDATE competitions_competition SET {} WHERE id = %s"
LATER = "closes_at + interval '1 day'"
DEADLINE = "state = 'moderation', moderation_started_at = clock_timestamp()"


def by(competition, changes):
    return refused(UPDATE.format(changes), [competition.pk])


@pytest.fixture
def announced():
    return contest("winner_announced")


def test_final_means_that_not_even_a_word_changes(announced):
    for change in ("title = 'Another'", "rules = ''", "closes_at = now()"):
        assert by(announced, change) == "competition_is_final"
    assert by(announced, "state = 'open'") == "competition_is_final"
    drop_guard("competition_guard")
    assert by(announced, "title = 'Another'") == ""


def test_nothing_is_added_to_changed_in_or_taken_from_a_final_competition(announced):
    prize = announced.prizes.get()
    entry = announced.submissions.get()
    for sql, row in (
        ("UPDATE competitions_prize SET name = 'x' WHERE id = %s", prize),
        ("DELETE FROM competitions_prize WHERE id = %s", prize),
        ("UPDATE submissions_submission SET lease_owner = 'x' WHERE id = %s", entry),
        ("UPDATE submissions_award SET citation = 'x' WHERE submission_id = %s", entry),
        ("DELETE FROM submissions_award WHERE submission_id = %s", entry),
    ):
        assert refused(sql, [row.pk]) == "competition_is_final", sql
    for sql in (
        "INSERT INTO competitions_prize (competition_id, name, description, position)"
        " VALUES (%s, 'x', '', 1)",
        "INSERT INTO competitions_category (competition_id, name, slug, position)"
        " VALUES (%s, 'x', 'x', 1)",
    ):
        assert refused(sql, [announced.pk]) == "competition_is_final", sql


@pytest.mark.parametrize(
    ("table", "guard", "make"),
    [
        ("competitions_prize", "prize_in_running_competition", PrizeFactory),
        ("competitions_category", "category_in_running_competition", CategoryFactory),
    ],
)
def test_parts_stay_where_they_are(table, guard, make):
    row, other = make(), CompetitionFactory()
    sql = f"UPDATE {table} SET competition_id = %s WHERE id = %s"
    assert refused(sql, [other.pk, row.pk]) == "competition_facts_stay"
    drop_guard(guard)
    assert refused(sql, [other.pk, row.pk]) == ""


@pytest.mark.parametrize(
    ("table", "guard", "columns"),
    [
        ("competitions_prize", "prize_goes_last", "name, description"),
        ("competitions_category", "category_goes_last", "name, slug"),
    ],
)
def test_a_part_without_a_position_comes_last(table, guard, columns):
    competition = CompetitionFactory()
    add = f"INSERT INTO {table} (competition_id, {columns}) VALUES (%s, 'x', %s)"
    several = f"{add}, ({competition.pk}, 'x', 'b')"
    raw(several, [competition.pk, "a"])
    raw(add, [competition.pk, "c"])
    kind = competition.prizes if "prize" in table else competition.categories
    places = list(kind.values_list("position", flat=True))
    assert places == list(range(1, len(places) + 1))
    drop_guard(guard)
    with pytest.raises(IntegrityError, match="null value"), transaction.atomic():
        raw(add, [competition.pk, "d"])


@pytest.mark.parametrize("kind", ["prizes", "categories"])
def test_a_position_is_taken_once_and_two_parts_change_places(kind):
    competition = CompetitionFactory()
    make = PrizeFactory if kind == "prizes" else CategoryFactory
    make(competition=competition), make(competition=competition)
    first, second = getattr(competition, kind).all()[:2]
    table, name = first._meta.db_table, first._meta.model_name
    taken = f"UPDATE {table} SET position = %s WHERE id = %s"
    constraint = f"{name}_position_once"
    assert refused(taken, [second.position, first.pk]) == constraint
    # In one statement, and in one transaction.
    swap = f"UPDATE {table} SET position = %s - position WHERE id IN (%s, %s)"
    total = first.position + second.position
    assert raw(swap, [total, first.pk, second.pk]) == 2
    raw(f"SET CONSTRAINTS {constraint} DEFERRED")
    raw(taken, [first.position, first.pk])
    raw(taken, [second.position, second.pk])
    raw(f"SET CONSTRAINTS {constraint} IMMEDIATE")
    assert getattr(competition, kind).first() == first


def test_a_prize_vanishes_from_a_final_competition_without_its_guard(announced):
    drop_guard("prize_in_running_competition")
    sql = "UPDATE competitions_prize SET name = 'x' WHERE competition_id = %s"
    assert refused(sql, [announced.pk]) == ""


def test_what_is_cancelled_moves_no_more():
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    cancel = "cancelled_at = now(), cancel_reason = 'Storm.'"
    raw(UPDATE.format(cancel), [competition.pk])
    assert by(competition, DEADLINE) == "competition_cancelled_stays"
    revive = "cancelled_at = NULL, cancel_reason = ''"
    assert by(competition, revive) == "competition_cancelled_stays"
    drop_guard("competition_guard")
    assert by(competition, revive) == ""


def test_facts_of_a_competition_stay():
    competition = CompetitionFactory(state="open")
    other = OrganizationFactory()
    for change in (
        "id = id + 100000",
        f"organization_id = {other.pk}",
        "opened_at = now()",
    ):
        assert by(competition, change) == "competition_facts_stay", change
    drop_guard("competition_guard")
    assert by(competition, f"organization_id = {other.pk}") == ""


def test_a_draft_may_change_its_organization():
    competition = CompetitionFactory()
    assert by(competition, f"organization_id = {OrganizationFactory().pk}") == ""


def test_dates_are_fixed_once_they_have_counted():
    opened = CompetitionFactory(state="open")
    assert by(opened, "opens_at = opens_at - interval '1 day'") == (
        "competition_dates_fixed"
    )
    judged = CompetitionFactory(state="moderation")
    assert by(judged, f"closes_at = {LATER}") == "competition_dates_fixed"
    drop_guard("competition_guard")
    assert by(judged, f"closes_at = {LATER}") == ""


def test_a_deadline_moves_later_only_and_with_a_reason():
    competition = CompetitionFactory(state="open")
    later = f"closes_at = {LATER}"
    earlier = "closes_at = closes_at - interval '1 hour', deadline_reason = 'x'"
    assert by(competition, later) == "competition_deadline_has_reason"
    assert by(competition, earlier) == "competition_deadline_only_later"
    assert by(competition, f"{later}, deadline_reason = 'Strike.'") == ""
    drop_guard("competition_guard")
    assert by(competition, earlier) == ""


def test_a_deadline_that_has_passed_is_not_revived():
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    change = "closes_at = now() + interval '1 day', deadline_reason = 'Late.'"
    assert by(competition, change) == "competition_deadline_only_later"


def test_moderation_waits_for_the_deadline():
    competition = CompetitionFactory(state="open")
    assert by(competition, DEADLINE) == "competition_moderation_after_deadline"
    drop_guard("competition_guard")
    assert by(competition, DEADLINE) == ""


def test_closing_early_ends_at_this_moment_whatever_was_asked_for():
    competition = CompetitionFactory(state="open")
    raw(
        UPDATE.format(
            f"{DEADLINE}, deadline_reason = 'Full.',"
            " closes_at = now() + interval '9 hours'"
        ),
        [competition.pk],
    )
    competition.refresh_from_db()
    assert competition.closes_at <= timezone.now()


UNDECIDED = (S.RESERVED, S.RECEIVED, S.PROCESSING, S.QUARANTINED, S.PENDING)
CLOSE = "state = 'closed', closed_at = clock_timestamp()"


def test_closing_waits_until_every_entry_is_decided():
    """Each entry alone in its competition; those beside it are put elsewhere."""
    competition = CompetitionFactory(state="open")
    entries = [SubmissionFactory(competition=competition, state=state) for state in S]
    walk_competition(competition, "moderation")
    elsewhere = CompetitionFactory()
    leave_only("submissions_submission")
    move = "UPDATE submissions_submission SET competition_id = %s WHERE id <> %s"
    found = {}
    for entry in entries:
        with undone():
            raw(move, [elsewhere.pk, entry.pk])
            found[entry.state] = by(competition, CLOSE)
    assert found == {
        state: "competition_all_decided" if state in UNDECIDED else "" for state in S
    }
    drop_guard("competition_guard")
    assert by(competition, CLOSE) == ""


ANNOUNCE = "state = 'winner_announced', winners_announced_at = clock_timestamp()"


def test_winners_are_announced_when_there_is_one():
    competition = contest("closed")
    assert by(competition, ANNOUNCE) == "competition_has_award"
    award = AwardFactory(submission=competition.submissions.get())
    assert by(competition, ANNOUNCE) == ""
    take_award_back(award, reason="Twice.", by=organizer_of(competition))
    assert by(competition, ANNOUNCE) == "competition_has_award"


def test_without_the_guard_winners_could_be_announced_without_one():
    competition = contest("closed")
    drop_guard("competition_guard")
    assert by(competition, ANNOUNCE) == ""


def test_only_drafts_can_be_deleted():
    opened = CompetitionFactory(state="open")
    raw("DELETE FROM competitions_prize WHERE competition_id = %s", [opened.pk])
    sql = "DELETE FROM competitions_competition WHERE id = %s"
    assert refused(sql, [opened.pk]) == "competition_stays"
    drop_guard("competition_stays")
    assert refused(sql, [opened.pk]) == ""


def test_a_draft_can_be_deleted_with_its_parts():
    draft = CategoryFactory().competition
    draft.delete()
    assert not type(draft).objects.filter(slug=draft.slug).exists()
