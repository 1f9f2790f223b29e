"""Organizers set the end of a round; behind it the round closes by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.queue.tasks import sweepers
from submissions.judging import ending
from submissions.judging.models import Round
from submissions.judging.states import RoundState
from tests.database.tools import drop_guard, raw, refused
from tests.factories import DAY, UserFactory, organizer_of
from tests.sessions import client_of
from tests.submissions.judging.publishing.rounds import scored
from tests.submissions.judging.test_admin import change, do, organizer
from tests.submissions.judging.world import Jury

pytestmark = pytest.mark.django_db
PASSED = (
    "UPDATE judging_round SET closes_at = now() - interval '1 second' WHERE id = %s"
)


def ended(jury: Jury) -> Round:
    """The end has passed, as time alone does it."""
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    raw("ALTER TABLE judging_round DISABLE TRIGGER round_guard")
    raw(PASSED, [jury.round.pk])
    raw("ALTER TABLE judging_round ENABLE ALWAYS TRIGGER round_guard")
    jury.round.refresh_from_db()
    return jury.round


def test_a_round_closes_by_itself_behind_its_end():
    due, short, endless = scored(), scored(((None, "5"),)), scored()
    ended(due)
    ended(short)
    assert ending.close_due() == 1
    for jury, state in (
        (due, RoundState.CLOSED),
        (short, RoundState.OPEN),
        (endless, RoundState.OPEN),
    ):
        jury.round.refresh_from_db()
        assert jury.round.state == state
    assert due.round.closed_at is not None
    assert due.round.closes_at is not None
    assert due.round.closed_at > due.round.closes_at
    assert ending.close_due() == 0
    assert "judging.close" in {one.name for one in sweepers()}


def test_one_that_cannot_be_closed_holds_up_no_other():
    broken, due = scored(), scored()
    ended(broken)
    ended(due)
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    broken_key = broken.round.pk
    rule = f"CHECK (id <> {broken_key} OR state <> 'closed')"
    raw(f"ALTER TABLE judging_round ADD CONSTRAINT broken {rule}")
    assert ending.close_due() == 1
    due.round.refresh_from_db()
    assert due.round.state == RoundState.CLOSED


def test_an_organizer_sets_the_end_of_a_draft_and_moves_it_later():
    jury = Jury(is_open=False)
    client, by = organizer(jury.competition), organizer_of(jury.competition)
    soon = timezone.now() + DAY
    day, hour = soon.strftime("%Y-%m-%d"), "12:00:00"
    shown = do(client, jury.round, "end", closes_at_0=day, closes_at_1=hour)
    assert "scores until" in shown
    at = jury.round.closes_at
    assert at is not None
    assert at.astimezone(jury.competition.zone).strftime("%H:%M") == "12:00"
    jury.open()
    later = at + timedelta(hours=1)
    ending.set_end(jury.round, closes_at=later, by=by)
    for wrong, words in (
        (later - timedelta(minutes=1), "moves later"),
        (timezone.now(), "has passed"),
    ):
        with pytest.raises(ProblemError, match=words):
            ending.set_end(jury.round, closes_at=wrong, by=by)
    with pytest.raises(NotAllowed):
        ending.set_end(jury.round, closes_at=later + DAY, by=UserFactory())
    ending.set_end(jury.round, closes_at=None, by=by)
    with pytest.raises(ProblemError, match="moves later"):
        ending.set_end(jury.round, closes_at=later, by=by)
    assert "Set the end" not in client.get(change(jury.round)).text


def test_the_database_moves_the_end_of_an_open_round_later_only():
    jury = Jury(closes_at=timezone.now() + DAY)
    earlier = (
        "UPDATE judging_round SET closes_at = closes_at - interval '1 hour'"
        " WHERE id = %s"
    )
    assert refused(earlier, [jury.round.pk]) == "round_settings_fixed"
    assert refused(earlier.replace("-", "+"), [jury.round.pk]) == ""
    drop_guard("round_guard")
    assert refused(earlier, [jury.round.pk]) == ""


def test_jurors_read_the_end():
    jury = Jury(closes_at=timezone.now() + DAY)
    queue = reverse("judging:queue", args=[jury.round.pk])
    client: Client = client_of(jury.jurors[0].user)
    assert "Scores are taken until:" in client.get(queue).text
