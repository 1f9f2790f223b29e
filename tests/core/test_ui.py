from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.template import engines

from mycenas.core.templatetags import ui

ATHENS = ZoneInfo("Europe/Athens")
DEADLINE = datetime(2026, 11, 22, 21, 59, tzinfo=UTC)


@dataclass
class Dates:
    opens_at: datetime | None = DEADLINE - timedelta(days=30)
    closes_at: datetime | None = DEADLINE
    deadline_reason: str = ""
    zone: ZoneInfo = ATHENS
    is_cancelled: bool = False
    is_stopped_early: bool = False


def rendered(source: str, **context: object) -> str:
    html = engines["django"].from_string("{% load ui %}" + source).render(context)
    return " ".join(html.replace("\N{NO-BREAK SPACE}", " ").split())


def deadline(now: datetime, **dates: Any) -> str:
    competition = Dates(**dates)
    return rendered("{% deadline competition now %}", competition=competition, now=now)


def test_a_moment_names_weekday_city_and_zone():
    assert rendered("{% moment value zone %}", value=DEADLINE, zone=ATHENS) == (
        '<time datetime="2026-11-22T23:59:00+02:00">'
        "Sunday, 22 November 2026, 23:59 (Athens, EET)</time>"
    )


def test_a_moment_takes_the_name_of_a_zone():
    html = rendered("{% moment value 'Europe/Athens' %}", value=DEADLINE)
    assert html == rendered("{% moment value zone %}", value=DEADLINE, zone=ATHENS)


def test_a_moment_in_utc():
    assert rendered("{% moment value 'UTC' %}", value=DEADLINE.astimezone(ATHENS)) == (
        '<time datetime="2026-11-22T21:59:00+00:00">'
        "Sunday, 22 November 2026, 21:59 (UTC)</time>"
    )


def test_a_moment_in_plain_text():
    assert rendered("{% moment_text value zone %}", value=DEADLINE, zone=ATHENS) == (
        "Sunday, 22 November 2026, 23:59 (Athens, EET)"
    )


@pytest.mark.parametrize("tag", ["moment value 'UTC'", "moment_text value 'UTC'"])
def test_no_moment_is_written_as_nothing(tag):
    assert rendered("{% " + tag + " %}", value=None) == ""


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Athens", "Athens, EET"),
        ("America/New_York", "New York, EST"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires, UTC−03:00"),
        ("Asia/Kathmandu", "Kathmandu, UTC+05:45"),
        ("UTC", "UTC"),
    ],
)
def test_zones_are_named_by_city_and_abbreviation(zone, name):
    assert ui.zone_name(DEADLINE.astimezone(ZoneInfo(zone))) == name


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(days=20, hours=21, minutes=59), "Closes in 20 days 21 hours"),
        (timedelta(days=3), "Closes in 3 days"),
        (timedelta(hours=1, minutes=59, seconds=59), "Closes in 1 hour 59 minutes"),
        (timedelta(minutes=59, seconds=1), "Closes in 59 minutes 1 second"),
        (timedelta(seconds=59, milliseconds=999), "Closes in 59 seconds"),
        (timedelta(0), "Closes in 0 seconds"),
        (timedelta(milliseconds=-1), "Closed 0 seconds ago"),
        (timedelta(days=-15, hours=-2), "Closed 15 days 2 hours ago"),
        (timedelta(days=44), "Opens in 14 days"),
    ],
)
def test_a_deadline_says_what_is_next(before, words):
    assert f">{words}</strong>" in deadline(DEADLINE - before)


def test_a_deadline_stands_beside_its_words():
    html = deadline(DEADLINE - timedelta(days=1))
    assert "Sunday, 22 November 2026, 23:59 (Athens, EET)" in html


def test_before_the_opening_the_date_is_the_opening():
    html = deadline(DEADLINE - timedelta(days=44))
    assert 'datetime="2026-10-24T00:59:00+03:00' in html


def test_a_moved_deadline_says_why():
    html = deadline(DEADLINE, deadline_reason="The <line> was down.")
    assert "The deadline was moved: <bdi>The &lt;line&gt; was down.</bdi>" in html


def test_once_it_has_passed_nobody_needs_the_reason_for_moving_it():
    html = deadline(DEADLINE + timedelta(days=1), deadline_reason="The line was down.")
    assert "moved" not in html


@pytest.mark.parametrize(
    "dates", [{"is_cancelled": True}, {"opens_at": None}, {"closes_at": None}]
)
def test_without_a_date_to_wait_for_nothing_is_said(dates):
    assert deadline(DEADLINE, **dates) == ""


def test_a_badge_carries_the_state_for_the_style_and_words_for_people():
    entry = SimpleNamespace(state="pending", get_state_display=lambda: "in review")
    assert rendered("{% state_badge entry %}", entry=entry) == (
        '<span class="badge" data-state="pending">in review</span>'
    )


def test_a_cancelled_competition_says_so_whatever_its_state():
    competition = SimpleNamespace(
        state="open", is_cancelled=True, get_state_display=lambda: "open"
    )
    assert rendered("{% state_badge competition %}", competition=competition) == (
        '<span class="badge" data-state="cancelled">cancelled</span>'
    )


def test_thousands_are_kept_apart():
    assert rendered("{{ value|grouped }}", value=52428800) == "52,428,800"
    assert rendered("{{ value|grouped }}", value=None) == ""


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=13, hours=3, seconds=5), "13 days 3 hours 5 seconds"),
        (timedelta(seconds=45), "45 seconds"),
    ],
)
def test_a_length_of_time_in_words(length, words):
    assert rendered("{{ value|span }}", value=length) == words


def test_vendored_files_are_what_the_manifest_says():
    vendor = settings.BASE_DIR / "static" / "vendor"
    for entry in json.loads((vendor / "manifest.json").read_text()):
        content = (vendor / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert b"sourceMappingURL" not in content
        assert (vendor / entry["licence_file"]).is_file()


def test_an_icon_is_hidden_from_screen_readers():
    html = rendered("{% icon 'leaf' %}")
    assert 'aria-hidden="true"' in html
    assert "icons" in html
    assert '.svg#leaf"' in html


@pytest.mark.parametrize("debug", [False, True])
def test_a_fixed_part_shows_its_facts_and_nothing_else(settings, debug):
    settings.DEBUG = debug
    source = '{% fixed "includes/_header.html" signed_in=user.name is_staff=desk %}'
    for desk in (True, False):
        for name in ("Ada", "", "Eve"):
            user = SimpleNamespace(name=name, is_authenticated=True, is_staff=True)
            html = rendered(source, user=user, desk=desk)
            assert ("My entries" in html) is bool(name)
            assert ("Sign in" in html) is (not name)
            assert ("Staff desk" in html) is bool(name and desk)


def test_a_deadline_has_its_seconds_unless_it_is_on_a_full_minute():
    stopped = DEADLINE + timedelta(seconds=27, microseconds=5)
    html = rendered("{% deadline_moment value zone %}", value=stopped, zone=ATHENS)
    assert html == (
        '<time datetime="2026-11-22T23:59:27+02:00">'
        "Sunday, 22 November 2026, 23:59:27 (Athens, EET)</time>"
    )
    html = rendered("{% deadline_moment value zone %}", value=DEADLINE, zone=ATHENS)
    assert html == rendered("{% moment value zone %}", value=DEADLINE, zone=ATHENS)
    assert rendered("{% deadline_moment value zone %}", value=None, zone=ATHENS) == ""
    html = deadline(stopped + timedelta(days=1), closes_at=stopped)
    assert html.count(", 23:59:27 (Athens, EET)") == 2
