"""Every published competition is in one list, and every list is read to its end."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from competitions import workflow
from competitions.lists import LISTINGS
from mycenas.pages import views
from tests.factories import DAY, CompetitionFactory, contest, organizer_of, timezone

pytestmark = pytest.mark.django_db

HOME = reverse("competitions:home")


def titles(page: str) -> list[str]:
    return re.findall(r"<bdi>(Contest \d+)</bdi></a>", page)


def make(name: str, place: int):
    later = timezone.now() + DAY + place * DAY / 100
    if name == "open":
        return CompetitionFactory(state="open", closes_at=later)
    if name == "coming":
        return CompetitionFactory(state="open", opens_at=later, closes_at=later + DAY)
    if name == "judging":
        return CompetitionFactory(state="moderation")
    if name == "decided":
        return contest("winner_announced")
    gone = CompetitionFactory(state="open")
    workflow.cancel(gone, reason="Storm.", by=organizer_of(gone))
    return gone


def test_no_number_of_coming_competitions_hides_an_open_one(client):
    latest = CompetitionFactory(state="open", closes_at=timezone.now() + 9 * DAY)
    soonest = CompetitionFactory(state="open")
    coming = [make("coming", place) for place in range(62)]
    answer = client.get(HOME)
    assert answer.context["open_now"] == [soonest, latest]
    assert answer.context["coming"] == coming[:12]
    assert reverse("competitions:list", args=["coming"]) in answer.content.decode()


@pytest.mark.parametrize("name", LISTINGS)
def test_each_list_is_read_to_its_end(client, monkeypatch, name):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    made = [make(name, place) for place in range(5)]
    make("judging" if name == "open" else "open", 0)
    address, seen = reverse("competitions:list", args=[name]), []
    following = address
    while following:
        answer = client.get(following)
        seen += answer.context["competitions"]
        following = answer.context["next_url"] and address + answer.context["next_url"]
    expected = made[::-1] if LISTINGS[name].is_newest_first else made
    assert seen == expected


def test_a_deadline_that_moves_between_two_pages_hides_nothing(client, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    made = [make("open", place) for place in range(4)]
    address = reverse("competitions:list", args=["open"])
    following = client.get(address).context["next_url"]
    last = made[1]
    workflow.extend_deadline(
        last,
        closes_at=made[3].closes_at + DAY,
        reason="Storm.",
        by=organizer_of(last),
    )
    answer = client.get(address + following)
    assert answer.context["competitions"] == made[2:]
    for moment in ("soon", "2026-13-01", "9999-12-31T23:59:59-12:00", "2026-01-01"):
        answer = client.get(address, {"after": made[0].slug, "at": moment})
        assert answer.status_code == 200


@pytest.mark.parametrize("name", LISTINGS)
def test_a_list_and_the_phase_of_its_competitions_agree(name):
    now = timezone.now()
    for one in LISTINGS:
        make(one, 0)
    for found in LISTINGS[name].rows(now + DAY / 100):
        expected = "cancelled" if found.is_cancelled else found.phase(now)
        assert expected == name


def test_a_cancelled_competition_is_listed_with_its_reason(client):
    gone = make("cancelled", 0)
    page = client.get(reverse("competitions:list", args=["cancelled"])).content.decode()
    assert gone.get_absolute_url() in page
    assert "Storm." in page
    assert gone.get_absolute_url() not in client.get(HOME).content.decode()


@pytest.mark.parametrize("address", ["/lists/lost/", "/lists/open/?after=lost"])
def test_a_list_or_a_place_in_it_that_does_not_exist(client, address):
    assert client.get(address).status_code == 404
