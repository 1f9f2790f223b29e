"""A juror gives one place to two entries, in two windows at once."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from mycenas.core.http.errors import constraint_of
from submissions.judging.models import Score
from tests.races.tools import crowd, outcome, wait_for_waiting, without
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db(transaction=True)
LOCK = "PERFORM pg_advisory_xact_lock(hashtextextended('places/' || seat, 7302));"


def place_first(jury: Jury, entry: int) -> str:
    """Give the entry place 1; or the name of the rule that refuses it."""
    try:
        with acted_by(jury.jurors[0].user):
            Score.objects.create(
                assignment=jury.pair(0, entry), version=1, given={"place": "1"}
            )
    except IntegrityError as error:
        return constraint_of(error)
    return ""


def test_one_of_two_windows_gives_the_place():
    jury = Jury(method="borda")
    with crowd() as people:
        with transaction.atomic():
            assert place_first(jury, 0) == ""
            other = people.start(partial(place_first, jury, 1))
            wait_for_waiting(1)
        assert outcome(other) == "score_places_differ"


def test_without_the_lock_two_entries_get_one_place():
    jury = Jury(method="borda")
    with without("score_places_differ", LOCK), crowd() as people, transaction.atomic():
        assert place_first(jury, 0) == ""
        other = people.start(partial(place_first, jury, 1))
        assert outcome(other) == ""
    with acted_by(jury.jurors[0].user):
        assert Score.objects.filter(given={"place": "1"}).count() == 2
