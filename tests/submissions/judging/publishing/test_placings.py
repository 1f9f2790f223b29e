"""Artists see the places of their entries; others see no more than before."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from competitions import workflow as competitions
from submissions.judging.publishing.placings import placings_of
from submissions.judging.publishing.workflow import seal
from submissions.models import Submission
from tests.factories import UserFactory, disqualify, organizer_of
from tests.submissions.judging.publishing.rounds import (
    close,
    publish,
    scored,
    sealed,
)
from tests.submissions.judging.publishing.test_pages import address

pytestmark = pytest.mark.django_db

MINE = reverse("submissions:mine")
# By rank: the second entry, the third, the first.
POINTS = (("4", "9", "6"), ("4", "9", "6"))


@pytest.fixture
def jury() -> Any:
    made, _ = sealed(POINTS)
    return made


def in_words(place: int, ranked: int, jury: Any) -> str:
    return f"Place {place} of {ranked}, {jury.round.name}"


def read(page: Any) -> str:
    """The words of a page without what marks them up."""
    return " ".join(page.text.replace("<bdi>", "").replace("</bdi>", "").split())


def test_artists_see_the_place_with_a_link_to_the_result(jury, signed_in):
    publish(jury)
    for entry, place in zip(jury.entries, (3, 1, 2), strict=True):
        client = signed_in(entry.participant)
        status = reverse("submissions:receipt_status", args=[entry.token])
        for page in (MINE, entry.receipt_url, status):
            answer = client.get(page)
            assert in_words(place, 3, jury) in read(answer)
            assert f'href="{address(jury)}"' in answer.text
    assert signed_in(UserFactory()).get(address(jury)).status_code == 200


def test_a_sealed_result_is_not_shown_before_it_is_published(jury, signed_in):
    entry = jury.entries[0]
    client = signed_in(entry.participant)
    for page in (MINE, entry.receipt_url):
        assert address(jury) not in client.get(page).text


def test_who_only_knows_the_address_of_a_receipt_sees_no_place(jury, signed_in, client):
    publish(jury)
    entry = jury.entries[0]
    others = (client, signed_in(UserFactory()), signed_in(jury.jurors[0].user))
    for one in others:
        page = one.get(entry.receipt_url)
        assert page.status_code == 200
        assert "Place 3" not in read(page)
        assert address(jury) not in page.text
        assert entry.title not in page.text


def test_an_entry_that_left_has_no_place_and_its_gap_is_closed(jury, signed_in):
    publish(jury)
    first, second = jury.entries[1], jury.entries[2]
    disqualify(first)
    page = signed_in(first.participant).get(first.receipt_url)
    assert address(jury) not in page.text
    page = signed_in(second.participant).get(second.receipt_url)
    assert in_words(1, 2, jury) in read(page)


def test_a_cancelled_competition_shows_no_place(jury):
    publish(jury)
    assert len(placings_of(jury.entries)) == 3
    competitions.cancel(jury.competition, reason="x", by=organizer_of(jury.competition))
    assert placings_of(jury.entries) == {}


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_asks_once_for_all_of_its_entries(
    count, jury, django_assert_num_queries
):
    publish(jury)
    other = close(scored(POINTS))
    seal(other.round)
    publish(other)
    entries = list(
        Submission.objects.filter(
            pk__in=[one.pk for one in (*jury.entries[:count], *other.entries[:count])]
        )
    )
    with django_assert_num_queries(1):
        found = placings_of(entries)
        urls = {one.url for rows in found.values() for one in rows}
    assert len(found) == 2 * count
    assert urls == {address(jury), address(other)}
    with django_assert_num_queries(0):
        assert placings_of([]) == {}
