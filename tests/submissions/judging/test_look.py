"""The pages of a round in a browser: judged by keyboard without JavaScript."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from mycenas.accounts.models import Role
from submissions.judging.models import Score
from tests.browser import (
    DESKTOP,
    NARROWEST,
    PHONE,
    Witness,
    axe_source,
    chromium,
    lengthen_words,
    running_browser,
    too_wide,
    violations,
)
from tests.factories import staff
from tests.submissions.judging.world import Jury, acted_by

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ENTRIES = 3


@pytest.fixture
def jury() -> Jury:
    return Jury(entries=ENTRIES)


@pytest.fixture
def sessions(jury: Jury, signed_in: Any) -> tuple[str, str]:
    """Of a juror, and of an organizer."""
    organizer = staff(Role.ORGANIZER, jury.competition.organization)
    clients = (signed_in(jury.jurors[0].user), signed_in(organizer))
    juror, other = (client.cookies["sessionid"].value for client in clients)
    return juror, other


def addresses(jury: Jury, name: str) -> list[str]:
    number = jury.round.pk
    if name == "juror":
        entry = [number, 1]
        return [
            reverse("judging:rounds"),
            reverse("judging:queue", args=[number]),
            reverse("judging:entry", args=entry),
            reverse("judging:abstain", args=entry),
            reverse("judging:conflict", args=entry),
        ]
    verbs = ("absent", "propose-close", "take-in")
    return [
        reverse("admin:judging_round_changelist"),
        reverse("admin:judging_round_change", args=[number]),
        reverse("admin:judging_round_add"),
        *(reverse("admin:judging_round_do", args=[number, one]) for one in verbs),
    ]


def test_a_juror_judges_by_keyboard_and_all_pages_are_seen(jury, sessions, live_server):
    program = chromium()
    if program is None:
        pytest.skip("needs Chromium; set CHROMIUM to its program")
    first = reverse("judging:entry", args=[jury.round.pk, 1])
    places = [addresses(jury, name) for name in ("juror", "organizer")]
    # The database is not asked in here: Playwright has a loop of its own.
    with running_browser(program) as browser:
        judge_by_keyboard(browser, live_server.url, sessions[0], first)
        for session, several in zip(sessions, places, strict=True):
            look_at(browser, live_server.url, session, several)
    with acted_by(jury.jurors[0].user):
        given = list(Score.objects.order_by("assignment__position"))
    points = [one.given[str(jury.criterion.pk)] for one in given]
    assert (points, [one.version for one in given]) == (["3", "4", "5"], [1, 1, 1])


@pytest.mark.parametrize("method", ["borda", "bradley_terry"])
def test_pages_of_rankings_and_pairs_are_seen(method, live_server, signed_in):
    program = chromium()
    if program is None:
        pytest.skip("needs Chromium; set CHROMIUM to its program")
    jury = Jury(method=method, entries=ENTRIES)
    session = signed_in(jury.jurors[0].user).cookies["sessionid"].value
    number = jury.round.pk
    places = [
        reverse("judging:queue", args=[number]),
        reverse("judging:entry", args=[number, 1]),
    ]
    with running_browser(program) as browser:
        look_at(browser, live_server.url, session, places)


def judge_by_keyboard(browser: Browser, site: str, session: str, first: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=site)
    context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    page = context.new_page()
    page.goto(first)
    for number in range(ENTRIES):
        page.get_by_label("Idea").focus()
        page.keyboard.type(str(3 + number))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_text("Saved “")).to_be_visible()
    expect(page.get_by_text("You are done.")).to_be_visible()
    context.close()


def look_at(browser: Browser, site: str, session: str, places: list[str]) -> None:
    context = browser.new_context(reduced_motion="reduce", base_url=site)
    context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    witness, page = Witness(context), context.new_page()
    for place in places:
        page.goto(place)
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            keep(page, place, size["width"])
            assert too_wide(page) == [], place
            assert found_by_axe(page) == [], place
        if "admin" not in place:
            lengthen_words(page)
            page.set_viewport_size(NARROWEST)
            assert too_wide(page) == [], place
    # Entries of tests have no files of pictures.
    complaints = [one for one in witness.complaints if not one.endswith(".webp: 404")]
    assert complaints == []
    context.close()


def found_by_axe(page: Page) -> list[str]:
    axe = axe_source()
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += violations(page, axe) if axe else []
    return found


def keep(page: Page, place: str, width: int) -> None:
    folder = os.environ.get("LOOK")
    if folder:
        name = place.strip("/").replace("/", "_")
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
