"""The books, line by line: everybody's entries, nobody's names."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.urls import reverse

from submissions.gallery import ledger, views
from submissions.models.entry import LEDGER_NAME_DIGITS
from tests.factories import UserFactory, moderator_of
from tests.submissions.receipts.conftest import entered, open_competition, ticket

pytestmark = pytest.mark.django_db

NAME = re.compile(rf"<code dir=\"ltr\">([0-9a-f]{{{LEDGER_NAME_DIGITS}}})</code>")


def address(competition) -> str:
    return reverse("submissions:books", args=[competition.slug])


def name(entry) -> str:
    return hashlib.sha256(entry.token.encode()).hexdigest()[:LEDGER_NAME_DIGITS]


def names(client, place) -> list[str]:
    return NAME.findall(client.get(place).content.decode())


def test_every_received_entry_has_one_line_in_order(client):
    competition = open_competition()
    entries = [entered(competition, UserFactory()) for _ in range(3)]
    ticket(competition, UserFactory())
    entered(open_competition(), UserFactory())
    assert names(client, address(competition)) == [name(entry) for entry in entries]


def test_a_line_names_nobody(client, entry):
    page = client.get(address(entry.competition)).content.decode()
    artist = entry.participant
    for secret in (entry.token, artist.name, artist.email, entry.title):
        assert secret not in page
    assert "received" in page


def test_ones_own_line_is_marked_for_oneself_only(client, entry, signed_in):
    entered(entry.competition, UserFactory())
    own = signed_in(entry.participant).get(address(entry.competition)).content.decode()
    assert own.count("data-own") == 1
    assert entry.receipt_url in own
    for other in (client, signed_in(UserFactory())):
        page = other.get(address(entry.competition)).content.decode()
        assert "data-own" not in page


def test_a_receipt_leads_to_its_line(client, monkeypatch):
    monkeypatch.setattr(ledger, "LINES_PER_PAGE", 2)
    monkeypatch.setattr(views, "LINES_PER_PAGE", 2)
    competition = open_competition()
    entries = [entered(competition, UserFactory()) for _ in range(5)]
    for entry in entries:
        place, anchor = entry.ledger_url.split("#")
        page = client.get(place).content.decode()
        assert f'id="{anchor}"' in page
        assert NAME.findall(page)[0] == name(entry)


def test_pages_show_each_line_once_and_cost_the_same(
    client, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(ledger, "LINES_PER_PAGE", 2)
    monkeypatch.setattr(views, "LINES_PER_PAGE", 2)
    competition = open_competition()
    entries = [entered(competition, UserFactory()) for _ in range(5)]
    seen, place = [], address(competition)
    while place:
        with django_assert_max_num_queries(8):
            page = client.get(place).content.decode()
        seen += NAME.findall(page)
        found = re.search(r'href="(\?after=\d+)#lines"', page)
        place = f"{address(competition)}{found[1]}" if found else ""
    assert seen == [name(entry) for entry in entries]


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 19, "٣", "", " "])
def test_a_place_that_is_none_is_not_found(client, entry, after):
    answer = client.get(address(entry.competition), {"after": after})
    assert answer.status_code == 404


def test_staff_see_what_waits_too_long(client, entry, signed_in, monkeypatch):
    monkeypatch.setattr(ledger, "STALLED_AFTER", -ledger.STALLED_AFTER)
    place = address(entry.competition)
    staff = signed_in(moderator_of(entry.competition)).get(place).content.decode()
    assert "For staff:" in staff
    elsewhere = moderator_of(open_competition())
    for other in (client, signed_in(entry.participant), signed_in(elsewhere)):
        assert "For staff:" not in other.get(place).content.decode()


def test_nothing_is_flagged_before_its_time(entry, signed_in):
    page = signed_in(moderator_of(entry.competition)).get(address(entry.competition))
    text = page.content.decode()
    assert "For staff:" not in text
    assert re.search(r"has waited for \d+ seconds?;", text)
