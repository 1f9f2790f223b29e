"""An appeal beside the closing of its competition, and beside itself."""

from __future__ import annotations

from functools import partial

import pytest

from competitions import workflow as competing
from competitions.models import Competition
from mycenas.core.http.errors import constraint_of
from mycenas.core.models import Mail
from submissions.review.appeals import workflow
from submissions.review.appeals.models import Appeal
from tests.factories import moderator_of, organizer_of
from tests.races.test_entries import beside
from tests.races.tools import without, without_constraint
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


def sent_twice(*texts):
    entry = rejected("open")
    moderator_of(entry)
    make = partial(workflow.make, entry, by=entry.participant)
    return [partial(make, text=text) for text in texts]


def test_one_form_sent_twice_at_once_is_one_appeal():
    found = beside(*sent_twice(TEXT, TEXT))
    assert found == Appeal.objects.get()
    assert Mail.objects.filter(subject__startswith="To decide").count() == 1


def test_other_words_beside_the_first_are_refused():
    refused = beside(*sent_twice(TEXT, "Look again, please."))
    assert constraint_of(refused) == "appeal_once_per_rejection"
    assert Appeal.objects.get().text == TEXT


def test_without_the_uniqueness_there_would_be_two():
    with without_constraint("appeals_appeal", "appeal_once_per_rejection"):
        beside(*sent_twice(TEXT, TEXT), waits=False)
        assert Appeal.objects.count() == 2
