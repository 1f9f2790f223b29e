"""The warning that an entry to a blind competition betrays its artist."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mycenas.storage import store
from submissions.review.naming import PART, places_naming
from submissions.states import SubmissionState as S
from tests.factories import CompetitionFactory, SubmissionFactory, UserFactory
from tests.factories import moderator_of as moderator

pytestmark = pytest.mark.django_db

HEAD = b"\xff\xd8\xff\xe1"


@pytest.fixture
def artist():
    return UserFactory(name="Zoë Brûlé-Ek", email="zoe@example.org")


@pytest.fixture
def enter(artist):
    blind = CompetitionFactory(state="open", blind=True, max_entries=20)

    def entered(of=blind, **words):
        words = {"title": "Dusk", "description": "", "alt_text": "", **words}
        make = {"competition": of, "participant": artist, "state": S.PENDING}
        return SubmissionFactory(**make, **words)

    return entered


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ({"title": "BRÛLÉ at dusk"}, "title"),
        ({"title": "Self, by zoë"}, "title"),
        ({"description": "Made by Zoë Brûlé."}, "description"),
        ({"description": "Ask zoe@example.org."}, "description"),
        ({"alt_text": "A portrait of Brûlé"}, "alternative text"),
        ({"data": HEAD + b"Artist\0Zo\xc3\xab Br\xc3\xbbl\xc3\xa9"}, "metadata"),
        ({"data": HEAD + "Brûlé".encode("utf-16-le")}, "metadata"),
        ({"data": HEAD + b"\1" * 3 * PART + b"zoe@example.org"}, "metadata"),
    ],
)
def test_the_place_of_the_name_is_said_and_the_name_is_not(enter, words, place):
    (found,) = map(str, places_naming(enter(**words)))
    assert found.startswith(place)
    assert "Br" not in found


@pytest.mark.parametrize(
    "words",
    [
        {},
        # Parts of other words, and a part of two letters.
        {"title": "Zoëlle and Ek"},
        {"data": HEAD + b"Zo\xc3\xab"},
    ],
)
def test_other_words_are_no_names(enter, words):
    assert places_naming(enter(**words)) == []


def test_where_names_are_shown_there_is_no_warning(enter):
    plain = enter(of=CompetitionFactory(state="open"), title="Brûlé")
    assert places_naming(plain) == []


def test_a_file_that_cannot_be_read_is_said_to_be_unchecked(enter):
    entry = enter()
    store().remove_original(entry.original)
    (found,) = map(str, places_naming(entry))
    assert "not checked" in found


def test_the_page_of_the_queue_warns(enter, signed_in):
    named, other = enter(alt_text="By Brûlé"), enter()
    client = signed_in(moderator(named))
    page = "admin:submissions_submission_review"
    text = client.get(reverse(page, args=[named.pk])).text
    assert "The artist may be recognized" in text
    assert "seems to occur here: alternative text." in text
    assert "Zoë" not in text
    text = client.get(reverse(page, args=[other.pk])).text
    assert "The artist may be recognized" not in text
