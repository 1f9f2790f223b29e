"""The verbs of a competition: who may, what is missing, what is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from competitions import workflow
from competitions.models import Competition
from mycenas.accounts.models import Role
from mycenas.celery import app
from mycenas.core.http.errors import (
    InvalidTransition,
    LostRace,
    NotAllowed,
    ProblemError,
)
from tests.factories import (
    DAY,
    AwardFactory,
    CompetitionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
    timezone,
)

pytestmark = pytest.mark.django_db


def test_a_competition_walks_from_draft_to_winners():
    competition = contest("closed")
    AwardFactory(submission=competition.submissions.get())
    workflow.announce_winners(competition, by=organizer_of(competition))
    times = [
        competition.opened_at,
        competition.moderation_started_at,
        competition.closed_at,
        competition.winners_announced_at,
    ]
    assert times == sorted(times)
    assert competition.is_final


VERBS = (
    lambda c, by: workflow.open_entries(c, by=by),
    lambda c, by: workflow.extend_deadline(
        c, closes_at=timezone.now() + 2 * DAY, reason="Strike.", by=by
    ),
    lambda c, by: workflow.begin_moderation(c, by=by),
    lambda c, by: workflow.close_entries_early(c, reason="Full.", by=by),
    lambda c, by: workflow.close(c, by=by),
    lambda c, by: workflow.announce_winners(c, by=by),
    lambda c, by: workflow.cancel(c, reason="Storm.", by=by),
)


@pytest.mark.parametrize("verb", VERBS)
def test_only_organizers_of_this_organization_may(verb):
    competition = CompetitionFactory(state="open")
    elsewhere = staff(Role.ORGANIZER, CompetitionFactory().organization)
    for person in (UserFactory(), moderator_of(competition), elsewhere):
        with pytest.raises(NotAllowed, match="Only an organizer") as caught:
            verb(competition, person)
        assert caught.value.status == 403
    assert Competition.objects.get(pk=competition.pk).state == "open"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("brief", "  ", "a brief"),
        ("rules", "", "rules"),
        ("opens_at", None, "the date entries open"),
        ("closes_at", None, "a deadline"),
    ],
)
def test_opening_says_what_is_missing(field, value, named):
    competition = CompetitionFactory(**{field: value})
    with pytest.raises(ProblemError, match=f"still needs: {named}.") as caught:
        workflow.open_entries(competition, by=organizer_of(competition))
    assert caught.value.code == "competition_incomplete"


def test_opening_needs_a_prize():
    competition = CompetitionFactory()
    competition.prizes.all().delete()
    with pytest.raises(ProblemError, match="at least one prize"):
        workflow.open_entries(competition, by=organizer_of(competition))


def test_opening_after_the_deadline_makes_no_sense():
    competition = CompetitionFactory(
        closes_at=timezone.now() - DAY / 2, time_zone="Europe/Athens"
    )
    with pytest.raises(ProblemError, match="has passed already") as caught:
        workflow.open_entries(competition, by=organizer_of(competition))
    assert caught.value.code == "competition_deadline_passed"


def test_a_deadline_moves_later_with_a_reason_that_people_read():
    competition = CompetitionFactory(state="open")
    by, later = organizer_of(competition), competition.closes_at + DAY
    workflow.extend_deadline(
        competition, closes_at=later, reason=" A \n strike. ", by=by
    )
    assert (competition.closes_at, competition.deadline_reason) == (later, "A strike.")
    with pytest.raises(ProblemError, match="Give a reason") as caught:
        workflow.extend_deadline(competition, closes_at=later + DAY, reason=" ", by=by)
    assert caught.value.code == "reason_missing"
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.extend_deadline(
            competition, closes_at=later - timedelta(hours=1), reason="Sooner.", by=by
        )


def test_only_an_open_competition_has_a_deadline_to_move():
    draft = CompetitionFactory()
    with pytest.raises(InvalidTransition, match="while it is “draft”"):
        workflow.extend_deadline(
            draft, closes_at=draft.closes_at + DAY, reason="x", by=organizer_of(draft)
        )


def test_closing_early_is_said_with_a_reason():
    competition = CompetitionFactory(state="open")
    by = organizer_of(competition)
    with pytest.raises(ProblemError, match="Give a reason"):
        workflow.close_entries_early(competition, reason="", by=by)
    workflow.close_entries_early(competition, reason="Full.", by=by)
    assert competition.state == "moderation"
    assert competition.deadline_reason == "Full."
    competition.refresh_from_db()
    assert competition.closes_at <= timezone.now()


def test_deadlines_are_kept_by_themselves():
    due = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    running = CompetitionFactory(state="open")
    cancelled = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    workflow.cancel(cancelled, reason="Storm.", by=organizer_of(cancelled))
    assert workflow.keep_deadlines() == 1
    assert workflow.keep_deadlines() == 0
    states = [Competition.objects.get(pk=c.pk).state for c in (due, running, cancelled)]
    assert states == ["moderation", "open", "open"]


def test_the_worker_keeps_deadlines():
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    app.tasks["competitions.keep_deadlines"]()
    competition.refresh_from_db()
    assert competition.state == "moderation"


def test_a_deadline_kept_by_another_is_kept(monkeypatch):
    """The row was read, and moved by somebody else before our turn."""
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    stale = list(Competition.objects.due())
    workflow.begin_moderation(competition, by=organizer_of(competition))
    monkeypatch.setattr(type(Competition.objects.all()), "due", lambda self: stale)
    assert workflow.keep_deadlines() == 0


@pytest.mark.parametrize("state", ["draft", "open", "moderation", "closed"])
def test_a_competition_can_be_cancelled_until_winners_are_announced(state):
    competition = CompetitionFactory(state=state)
    workflow.cancel(competition, reason="Storm.", by=organizer_of(competition))
    assert competition.is_cancelled
    with pytest.raises(LostRace):
        workflow.cancel(competition, reason="Again.", by=organizer_of(competition))


def test_what_is_final_cannot_be_cancelled():
    competition = contest("winner_announced")
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.cancel(competition, reason="Storm.", by=organizer_of(competition))


def test_a_step_that_does_not_exist_is_said():
    competition = CompetitionFactory()
    with pytest.raises(InvalidTransition, match="from “draft” to “closed”"):
        workflow.close(competition, by=organizer_of(competition))
