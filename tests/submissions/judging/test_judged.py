"""Artists see how many jurors are done with their entries."""

from __future__ import annotations

import pytest
from django.urls import reverse

from submissions.judging.judged import judged_of
from submissions.judging.publishing.workflow import seal
from submissions.models import Submission
from tests.factories import UserFactory, disqualify
from tests.submissions.judging.publishing.rounds import close, publish, scored
from tests.submissions.judging.publishing.test_placings import read

pytestmark = pytest.mark.django_db
MINE = reverse("submissions:mine")
# The second juror has not scored the third entry.
POINTS = (("4", "9", "6"), ("4", "9", None))


def in_words(done: int, jury) -> str:
    return f"Judged by {done} of 2 jurors, {jury.round.name}"


def test_artists_see_how_many_jurors_are_done(signed_in, client):
    jury = scored(POINTS)
    for entry, done in zip(jury.entries, (2, 2, 1), strict=True):
        mine = signed_in(entry.participant)
        status = reverse("submissions:receipt_status", args=[entry.token])
        for page in (MINE, entry.receipt_url, status):
            assert in_words(done, jury) in read(mine.get(page))
        for other in (client, signed_in(UserFactory())):
            assert "Judged by" not in read(other.get(entry.receipt_url))


def test_the_place_takes_its_place_once_the_round_is_published(signed_in):
    jury = close(scored(POINTS))
    entry = jury.entries[0]
    mine = signed_in(entry.participant)
    assert in_words(2, jury) in read(mine.get(MINE))
    seal(jury.round)
    publish(jury)
    assert "Judged by" not in read(mine.get(MINE))


def test_an_entry_that_left_is_judged_by_no_one():
    jury = scored(POINTS)
    disqualify(jury.entries[0])
    entries = Submission.objects.filter(competition=jury.competition)
    assert sorted(judged_of(entries)) == sorted(one.pk for one in jury.entries[1:])


def test_a_list_asks_once_for_all_of_its_entries(django_assert_num_queries):
    jury = scored(POINTS)
    with django_assert_num_queries(1):
        assert len(judged_of(jury.entries)) == 3
    with django_assert_num_queries(0):
        assert judged_of([]) == {}
