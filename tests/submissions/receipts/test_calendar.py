"""The next date of a competition, for calendars."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from competitions import workflow as competing
from competitions.models import Competition
from tests.factories import UserFactory, organizer_of
from tests.submissions.receipts.conftest import open_competition

pytestmark = pytest.mark.django_db


def address(competition: Competition) -> str:
    return reverse("competitions:calendar", args=[competition.slug])


def parsed(answer: Any) -> Any:
    return Calendar.from_ical(answer.content)


def test_the_deadline_comes_with_its_zone(client, settings):
    settings.BASE_URL = "https://art.example.org"
    competition = open_competition(time_zone="Europe/Athens", title="Φῶς, and more")
    answer = client.get(address(competition))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert f'filename="{competition.slug}.ics"' in answer["Content-Disposition"]
    calendar = parsed(answer)
    [zone] = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Athens"
    [event] = calendar.walk("VEVENT")
    start = event["DTSTART"].dt
    assert event["DTSTART"].params["TZID"] == "Europe/Athens"
    competition.refresh_from_db()
    assert competition.closes_at
    assert start.astimezone(UTC) == competition.closes_at.replace(microsecond=0)
    assert event["SUMMARY"] == "Deadline: Φῶς, and more"
    assert event["UID"] == f"{competition.slug}-deadline@art.example.org"
    assert event["URL"].endswith(competition.get_absolute_url())


def test_what_is_not_open_yet_gives_its_opening(client):
    competition = open_competition(opens_at=timezone.now() + timedelta(hours=2))
    [event] = parsed(client.get(address(competition))).walk("VEVENT")
    assert event["UID"].startswith(f"{competition.slug}-opening@")
    page = client.get(competition.get_absolute_url()).content.decode()
    assert page.count(address(competition)) == 1


def test_a_date_that_will_not_come_or_came_early_says_why(client, signed_in):
    competition = open_competition()
    page = client.get(competition.get_absolute_url()).content.decode()
    assert address(competition) in page
    by = organizer_of(competition)

    def event() -> Any:
        [found] = parsed(client.get(address(competition))).walk("VEVENT")
        return found

    first = event()
    assert "DESCRIPTION" not in first
    later = timezone.now() + timedelta(days=40)
    competing.extend_deadline(competition, closes_at=later, reason="Many asked.", by=by)
    assert event()["DESCRIPTION"] == "The deadline was moved: Many asked."
    competing.close_entries_early(competition, reason="Full.", by=by)
    early = event()
    assert early["DESCRIPTION"] == "Entries were stopped early: Full."
    assert early["UID"] == first["UID"]
    assert early["DTSTART"].dt < first["DTSTART"].dt
    assert not early.walk("VALARM")
    visitor = signed_in(UserFactory())
    entering = reverse("submissions:enter", args=[competition.slug])
    for page in (competition.get_absolute_url(), entering):
        text = " ".join(visitor.get(page).text.split())
        assert "Entries were stopped early: <bdi>Full.</bdi>" in text
    competing.cancel(competition, reason="Rain.", by=by)
    gone = event()
    assert (gone["STATUS"], gone["DESCRIPTION"]) == (
        "CANCELLED",
        "This competition is cancelled. Rain.",
    )
    page = client.get(competition.get_absolute_url()).content.decode()
    assert address(competition) not in page


def test_a_draft_tells_nothing(client):
    competition = open_competition()
    draft = Competition.objects.create(
        organization=competition.organization,
        title="Secret",
        slug="secret",
        closes_at=timezone.now() + timedelta(days=1),
    )
    assert client.get(address(draft)).status_code == 404
