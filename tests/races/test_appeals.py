"""An appeal beside the closing of its competition."""

from __future__ import annotations

from functools import partial

import pytest

from competitions import workflow as competing
from competitions.models import Competition
from mycenas.core.http.errors import constraint_of
from submissions.review.appeals import workflow
from submissions.review.appeals.models import Appeal
from tests.factories import organizer_of
from tests.races.test_entries import beside
from tests.races.tools import without
from tests.submissions.review.test_appeals import TEXT, rejected

pytestmark = pytest.mark.django_db(transaction=True)

LOCK = "PERFORM pg_advisory_xact_lock_shared(7301, which::int);"


def closing_and_appeal():
    entry = rejected("moderation")
    competition = Competition.objects.get(pk=entry.competition_id)
    close = partial(competing.close, competition, by=organizer_of(entry))
    return close, partial(workflow.make, entry, text=TEXT, by=entry.participant)


def test_a_competition_is_not_closed_beside_an_appeal():
    close, appeal = closing_and_appeal()
    refused = beside(appeal, close)
    assert constraint_of(refused) == "competition_appeals_decided"


def test_no_appeal_is_made_beside_the_closing():
    close, appeal = closing_and_appeal()
    refused = beside(close, appeal)
    assert constraint_of(refused) == "appeal_of_rejected_entry"


def test_without_the_lock_a_closed_competition_has_an_open_appeal():
    close, appeal = closing_and_appeal()
    with without("appeal_made", LOCK):
        beside(close, appeal, waits=False)
    competition = Competition.objects.get()
    assert (competition.state, Appeal.objects.count()) == ("closed", 1)
