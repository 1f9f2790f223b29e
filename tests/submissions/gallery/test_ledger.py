"""The books balance, whatever happens to entries."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mycenas.core import counts
from submissions.gallery.ledger import is_balanced, ledger_of
from submissions.states import SubmissionState as S
from tests.factories import CompetitionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_every_entry_is_accounted_for():
    competition = CompetitionFactory(state="open")
    for state in S:
        SubmissionFactory(competition=competition, state=state)
    SubmissionFactory(state=S.APPROVED)
    books = ledger_of(competition)
    assert books.pop("oldest_in_work") is not None
    assert books == {
        "received": 8,
        "approved": 1,
        "rejected": 1,
        "disqualified": 1,
        "withdrawn": 1,
        "in_work": 4,
        "expired": 1,
        "balanced": True,
        "counted_at": None,
    }


def test_a_ticket_given_back_before_its_file_was_never_received():
    entry = SubmissionFactory()
    entry.move(S.WITHDRAWN, withdrawn_at=entry.arrived_at)
    books = ledger_of(entry.competition)
    assert (books["received"], books["withdrawn"], books["balanced"]) == (0, 0, True)


def test_books_that_lack_an_entry_do_not_balance():
    books = ledger_of(SubmissionFactory(state=S.APPROVED).competition)
    assert is_balanced(books)
    assert not is_balanced({**books, "received": 2})


def test_books_are_open_to_everybody(client):
    competition = SubmissionFactory(state=S.APPROVED).competition
    address = reverse("submissions:books", args=[competition.slug])
    assert client.get(address).status_code == 200
    said = client.get(address, headers={"accept": "application/json"}).json()
    assert (said["received"], said["approved"], said["balanced"]) == (1, 1, True)


@pytest.mark.parametrize(("many", "then"), [(0, 1), (2, 2)])
def test_many_entries_are_counted_once_a_minute(client, monkeypatch, many, then):
    monkeypatch.setattr(counts, "MANY", many)
    competition = SubmissionFactory(state=S.APPROVED).competition
    ledger_of(competition)
    SubmissionFactory(competition=competition, state=S.PENDING)
    page = client.get(reverse("submissions:books", args=[competition.slug]))
    assert page.context["ledger"]["received"] == then
    assert (b"counted once a minute" in page.content) is (many == 0)


def test_books_cost_one_query(django_assert_num_queries):
    competition = CompetitionFactory(state="open")
    for _ in range(3):
        SubmissionFactory(competition=competition, state=S.PENDING)
    with django_assert_num_queries(1):
        ledger_of(competition)
