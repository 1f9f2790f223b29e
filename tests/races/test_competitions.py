"""Organizers who meet at one competition, and tickets that meet its deadline."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from competitions import workflow
from competitions.models import Competition
from mycenas.accounts.models import Role
from mycenas.core.db.database import run
from mycenas.core.http.errors import LostRace, constraint_of
from submissions.intake.workflow import reserve
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import (
    DAY,
    CompetitionFactory,
    UserFactory,
    organizer_of,
    staff,
    words,
)
from tests.races.tools import (
    crowd,
    holding,
    outcome,
    wait_for_waiting,
    without,
    without_trigger,
)

pytestmark = pytest.mark.django_db(transaction=True)

LOCK_OF_TICKETS = "PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);"


def both_at_once(competition, act):
    organizers = [
        organizer_of(competition),
        staff(Role.ORGANIZER, competition.organization),
    ]
    seen = [Competition.objects.get(pk=competition.pk) for _ in organizers]
    with crowd() as people:
        with holding(competition):
            acting = [
                people.start(partial(act, row, by))
                for row, by in zip(seen, organizers, strict=True)
            ]
            wait_for_waiting(2)
        return [outcome(future) for future in acting]


def test_two_organizers_move_one_competition_and_one_is_told():
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    found = both_at_once(
        competition, lambda row, by: workflow.begin_moderation(row, by=by)
    )
    assert sorted(isinstance(result, LostRace) for result in found) == [False, True]


def test_without_the_condition_the_second_would_overwrite_the_first():
    """The control: an ordinary save, with the guard behind it switched off."""
    competition = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)

    def careless(row, by):
        row.state, row.moderation_started_at = "moderation", timezone.now()
        row.save()
        return row.moderation_started_at

    with without_trigger("competition_guard", "competitions_competition"):
        times = both_at_once(competition, careless)
    assert all(isinstance(moment, datetime) for moment in times)
    competition.refresh_from_db()
    assert competition.moderation_started_at in times


def enter(competition, person):
    """A ticket, or the exception that refused it."""
    try:
        return reserve(competition, words(), by=person)
    except IntegrityError as error:
        return error


def test_a_ticket_that_waited_at_the_deadline_is_in():
    """It arrived before the close that it had to wait for."""
    competition, person = CompetitionFactory(state="open"), UserFactory()
    by = organizer_of(competition)
    with crowd() as people:
        with transaction.atomic():
            run("SELECT pg_advisory_xact_lock(7301, %s::int)", [competition.pk])
            waiting = people.start(lambda: enter(competition, person))
            wait_for_waiting(1)
            workflow.close_entries_early(competition, reason="Full.", by=by)
        ticket = outcome(waiting)
    assert isinstance(ticket, Submission)
    competition.refresh_from_db()
    assert competition.state == "moderation"
    assert ticket.arrived_at <= competition.closes_at


def test_a_ticket_behind_the_close_is_out():
    competition, person = CompetitionFactory(state="open"), UserFactory()
    by = organizer_of(competition)
    with crowd() as people:
        with transaction.atomic():
            workflow.close_entries_early(competition, reason="Full.", by=by)
            late = people.start(lambda: enter(competition, person))
            wait_for_waiting(1)
        refused = outcome(late)
    assert constraint_of(refused) == "submission_competition_takes_entries"
    assert not Submission.objects.exists()


def close_beside_a_ticket(competition, by):
    """Close everything while one ticket is written but not committed yet."""
    person = UserFactory()

    def stop_and_close():
        row = Competition.objects.get(pk=competition.pk)
        workflow.close_entries_early(row, reason="Full.", by=by)
        workflow.close(row, by=by)

    with crowd() as people:
        with transaction.atomic():
            reserve(competition, words(), by=person)
            closing = people.start(stop_and_close)
            yield closing
        yield outcome(closing)


def test_a_close_waits_for_the_tickets_being_written():
    competition = CompetitionFactory(state="open")
    steps = close_beside_a_ticket(competition, organizer_of(competition))
    next(steps)
    wait_for_waiting(1)
    refused = next(steps)
    assert constraint_of(refused) == "competition_all_decided"
    competition.refresh_from_db()
    assert competition.state == "moderation"


def test_without_the_lock_a_ticket_ends_in_a_closed_competition():
    """The control: nobody will ever decide on it."""
    competition = CompetitionFactory(state="open")
    by = organizer_of(competition)
    with without("submission_arrives", LOCK_OF_TICKETS):
        steps = close_beside_a_ticket(competition, by)
        assert outcome(next(steps)) is None
        assert next(steps) is None
    competition.refresh_from_db()
    assert competition.state == "closed"
    assert competition.submissions.get().state == S.RESERVED
