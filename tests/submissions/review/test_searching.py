"""Words of a search find entries by indexes, for those who may read what they name."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from submissions.models import Submission
from submissions.review import searching
from submissions.review.searching import Readable, Search, words_of
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
)
from tests.submissions.review.test_plans import plan_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:submissions_submission_changelist")


@pytest.fixture
def entry():
    artist = UserFactory(name="Ada Fjord", email="secret.box@example.org")
    return SubmissionFactory(
        title="Ebb, 50% of_it, at Ålesund", state=S.PENDING, participant=artist
    )


@pytest.fixture
def found(signed_in, entry):
    """What a search for a text finds, for the moderator of the entry or another."""

    def search(text, person=None):
        client = signed_in(person or moderator_of(entry))
        return list(client.get(LIST, {"q": text}).context["cl"].result_list)

    return search


def readable_of(*entries):
    keys = frozenset(one.competition_id for one in entries)
    return Readable(keys, keys)


def asked_for(words, readable):
    """The statements of a search: for people, and for entries."""
    with CaptureQueriesContext(connection) as asked:
        list(Submission.objects.filter(Search(words, readable).found))
    return [one["sql"] for one in asked]


def test_words_are_found_by_the_indexes_of_people_and_of_titles(entry):
    for word in ("Fjord", "Fj"):
        people, entries = asked_for([word], readable_of(entry))
        plan = plan_of(people)
        assert "Index Scan on user_by_name" in plan
        assert "Index Scan on user_by_address" in plan
        assert "Seq Scan" not in plan
        plan = plan_of(entries)
        assert "Bitmap Index Scan on submission_title_trigrams" in plan
        assert "Index Cond: ((title)::text ~~*" in plan
        assert "Seq Scan" not in plan


def test_a_search_for_many_words_asks_once_for_people(entry):
    assert len(asked_for(["Fjord"], readable_of(entry))) == 2
    assert len(asked_for(["Fjord"] * 32, readable_of(entry))) == 2


def test_no_person_is_looked_up_where_none_can_be_read(entry):
    nothing = Readable(frozenset(), frozenset())
    (entries,) = asked_for(["Fjord"], nothing)
    assert "accounts_user" not in entries.partition("WHERE")[2]


def test_all_words_are_found_in_title_or_name_in_any_order(found, entry):
    for text in (
        "ebb",
        "fjord EBB",
        "ÅLES",
        "ålesund",
        "“Ebb” 50%",
        "'Ada Fjord'",
        '"50% of_it"',
    ):
        expected = [] if text.startswith("“") else [entry]
        assert found(text) == expected, text
    for text in ("Ebb Flood", "Fjord Flood", '"Fjord Ada"', "5_%", "ofXit"):
        assert found(text) == [], text


def test_a_short_word_is_found_at_the_beginning_of_words(found, entry):
    for text in ("eb", "at", "5", "50", "Ad", "fj ebb", "& Ebb"):
        assert found(text) == [entry], text
    for text in ("bb", "t", "0", "da", "&", "…"):
        assert found(text) == [], text


@pytest.mark.parametrize("state", S.values)
def test_a_title_is_found_in_every_state(found, entry, state):
    other = SubmissionFactory(
        competition=entry.competition, title="Nightingale", state=state
    )
    assert found("nightingale") == [other]


@pytest.fixture
def namesakes(entry, monkeypatch):
    """Two entries of people called Ada, where one such person is many."""
    monkeypatch.setattr(searching, "MOST_PEOPLE", 1)
    UserFactory(name="Ada Lake")
    other = SubmissionFactory(
        competition=entry.competition,
        title="Brook",
        state=S.PENDING,
        participant=UserFactory(name="Ada River"),
    )
    return entry, other


def test_very_common_names_are_found_among_few_entries(found, namesakes):
    entry, other = namesakes
    assert found("ada") == [entry, other]
    assert found("ada river") == [other]
    assert found("ada brook") == [other]


def test_a_very_common_name_is_not_compared_among_many_entries(
    signed_in, namesakes, monkeypatch
):
    entry, other = namesakes
    monkeypatch.setattr(searching, "MOST_LISTED", 1)
    client = signed_in(moderator_of(entry))
    note = "people have “ada” in their names"
    queue = reverse("admin:submissions_submission_queue")
    for text, expected in {
        "ada": [],
        "ada brook": [],
        "ada river": [other],
        '"ada river"': [other],
        "river": [other],
        "brook": [other],
    }.items():
        answer = client.get(LIST, {"q": text})
        assert list(answer.context["cl"].result_list) == expected, text
        is_common = "ada" in text.split()
        assert (note in answer.text) == is_common, text
        assert (note in client.get(queue, {"q": text}).text) == is_common, text


def test_an_address_names_a_person_without_a_name(found, entry):
    assert found("secret") == []
    assert found("secret", organizer_of(entry)) == [entry]
    entry.participant.name = ""
    entry.participant.save()
    assert found("secret") == [entry]


def test_artists_of_a_blind_competition_are_not_found(found, signed_in, entry):
    blind = CompetitionFactory(
        state="open", blind=True, organization=entry.competition.organization
    )
    hidden = SubmissionFactory(
        competition=blind, state=S.PENDING, participant=entry.participant
    )
    for person in (moderator_of(entry), organizer_of(entry)):
        for text in ("Fjord", "secret.box@example.org"):
            assert found(text, person) == [entry], text
        assert hidden in found(hidden.title, person)


def test_quoted_words_are_one_phrase():
    assert words_of('a "b c" \'d\' & "" e"f') == ["a", "b c", "d", 'e"f']
