"""Artists of a blind competition are shown while something else happens to it."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from competitions import workflow
from competitions.blind.access import sees_names
from competitions.blind.models import Unblinding
from competitions.blind.workflow import unblind
from competitions.models import Competition
from mycenas.core.db.database import run
from mycenas.core.http.errors import constraint_of
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import store
from submissions.intake.workflow import reserve
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.database.tools import raw
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    organizer_of,
    words,
)
from tests.races.tools import (
    crowd,
    outcome,
    together,
    wait_for_waiting,
    without,
    without_constraint,
    without_trigger,
)

pytestmark = pytest.mark.django_db(transaction=True)

LOCK = "PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);"
SEE = "UPDATE competitions_competition SET blind = false WHERE id = %s"


def shown(competition, by):
    """The row that shows the artists, or the name of the rule that refused it."""
    try:
        return unblind(competition, reason="A complaint.", by=by)
    except IntegrityError as error:
        return constraint_of(error)


# --- beside the announcement


def unblind_beside_the_announcement():
    """Start it while the announcement is written but not committed yet."""
    closed = contest("closed", blind=True)
    AwardFactory(submission=closed.submissions.get())
    by = organizer_of(closed)
    seen = Competition.objects.get(pk=closed.pk)
    with crowd() as people:
        with transaction.atomic():
            workflow.announce_winners(closed, by=by)
            showing = people.start(partial(shown, seen, by))
            yield showing
        yield outcome(showing)


def test_artists_are_not_shown_behind_the_announcement():
    steps = unblind_beside_the_announcement()
    next(steps)
    wait_for_waiting(1)
    assert next(steps) == "unblinding_while_blind"
    assert not Unblinding.objects.exists()


def test_without_the_lock_a_reason_would_be_kept_for_names_that_all_see():
    """The control."""
    with without("unblinding_guard", LOCK):
        steps = unblind_beside_the_announcement()
        assert isinstance(outcome(next(steps)), Unblinding)
        next(steps)
    assert Unblinding.objects.get().competition.state == "winner_announced"


# --- beside the opening


def see_beside_the_opening():
    """End the blind mode of a draft that is just opened."""
    draft = CompetitionFactory(blind=True)
    with crowd() as people:
        with transaction.atomic():
            workflow.open_entries(draft, by=organizer_of(draft))
            changing = people.start(partial(raw, SEE, [draft.pk]))
            wait_for_waiting(1)
        found = outcome(changing)
    draft.refresh_from_db()
    return found, draft


def test_a_competition_that_opened_meanwhile_stays_blind():
    refused, competition = see_beside_the_opening()
    assert constraint_of(refused) == "competition_blind_fixed"
    assert competition.is_blind


def test_without_the_guard_it_would_not():
    """The control."""
    with without_trigger("competition_blind_stays", "competitions_competition"):
        changed, competition = see_beside_the_opening()
    assert changed == 1
    assert competition.state == "open"
    assert not competition.is_blind


# --- twice at once


def unblind_twice():
    blind = CompetitionFactory(state="open", blind=True)
    by = organizer_of(blind)
    return together(*[partial(shown, blind, by)] * 2)


def test_one_person_is_shown_them_once():
    found = unblind_twice()
    assert found.count("unblinding_once") == 1
    assert Unblinding.objects.count() == 1


def test_without_the_constraint_there_would_be_two_reasons():
    """The control."""
    with without_constraint("blind_unblinding", "unblinding_once"):
        assert "unblinding_once" not in unblind_twice()
        assert Unblinding.objects.count() == 2


# --- beside entries and exports


def test_an_entry_arrives_while_artists_are_shown():
    """It waits for nothing, and its artist is seen with the others."""
    blind, artist = CompetitionFactory(state="open", blind=True), UserFactory()
    by = organizer_of(blind)
    with crowd() as people, transaction.atomic():
        unblind(blind, reason="A complaint.", by=by)
        arriving = people.start(lambda: reserve(blind, words(), by=artist))
        assert isinstance(outcome(arriving), Submission)
    assert sees_names(by, blind)


def test_behind_the_lock_of_an_announcement_it_would_wait():
    """The control: unblinding shares its lock with entries."""
    blind, artist = CompetitionFactory(state="open", blind=True), UserFactory()
    with crowd() as people:
        with transaction.atomic():
            run("SELECT pg_advisory_xact_lock(7301, %s::int)", [blind.pk])
            arriving = people.start(lambda: reserve(blind, words(), by=artist))
            wait_for_waiting(1)
        assert isinstance(outcome(arriving), Submission)


def exported(competition, by):
    export = ExportFactory(of=competition, by=by, state=X.DONE)
    assert export.state == X.DONE, export.problem
    with store().open_export(export.file) as file:
        return file.read().decode()


def test_an_export_names_artists_only_once_it_is_committed_that_they_are_shown():
    blind = CompetitionFactory(state="open", blind=True)
    artist = SubmissionFactory(competition=blind, state=S.RECEIVED).participant
    by = organizer_of(blind)
    with crowd() as people, transaction.atomic():
        unblind(blind, reason="A complaint.", by=by)
        before = outcome(people.start(partial(exported, blind, by)))
    assert "Dusk" in before
    assert artist.email not in before
    # The control: what comes after it has them.
    assert artist.email in exported(blind, by)
