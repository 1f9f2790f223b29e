"""The pages of results in a browser: published without JavaScript, then looked at."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from submissions.judging.publishing.workflow import seal
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
from tests.factories import organizer_of
from tests.submissions.judging.publishing.rounds import close_below_quorum, scored
from tests.submissions.judging.publishing.test_pages import address, listed
from tests.submissions.judging.test_admin import change

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" width="960" height="640"/>'
PICTURE = {"content_type": "image/svg+xml", "body": DRAWN}
POINTS = (
    ("4", "6", "5", "9", None),
    ("6", "8", None, "10", None),
    (None, "7", "7", "9", None),
)


@pytest.fixture
def jury():
    made = close_below_quorum(scored(POINTS))
    seal(made.round)
    return made


@pytest.fixture
def organizer(jury, signed_in):
    client = signed_in(organizer_of(jury.competition))
    return client.cookies["sessionid"].value


@pytest.fixture
def artist(jury, signed_in):
    client = signed_in(jury.entries[3].participant)
    return client.cookies["sessionid"].value


def test_an_organizer_publishes_and_everybody_reads(
    jury, organizer, artist, live_server
):
    program = chromium()
    if program is None:
        pytest.skip("needs Chromium; set CHROMIUM to its program")
    page_of, list_of = address(jury), listed(jury)
    receipt, round_page = jury.entries[3].receipt_url, change(jury.round)
    # The database is not asked in here: Playwright has a loop of its own.
    with running_browser(program) as browser:
        publish_without_scripts(browser, live_server.url, organizer, page_of)
        for place in (page_of, list_of):
            look_at(browser, f"{live_server.url}{place}")
        for place in (reverse("submissions:mine"), receipt):
            look_at(browser, f"{live_server.url}{place}", artist, "Place 1 of 4")
        place = f"{live_server.url}{round_page}"
        look_at(browser, place, organizer, "Ranking and scores")


def publish_without_scripts(
    browser: Browser, site: str, session: str, place: str
) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=site)
    context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    page = context.new_page()
    page.goto(place)
    with page.expect_navigation():
        page.get_by_role("button", name="Publish this result").click()
    expect(page.get_by_text("The result is public now.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    context.close()


def look_at(browser: Browser, place: str, session: str = "", words: str = "") -> None:
    context = browser.new_context(reduced_motion="reduce")
    if session:
        site = urljoin(place, "/")
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    # The factories make no files of pictures.
    context.route("**/*.webp", lambda route: route.fulfill(**PICTURE))
    witness, page = Witness(context), context.new_page()
    page.goto(place)
    expect(page.get_by_role("link", name=words).first).to_be_visible()
    assert page.locator("h1").count() == 1
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert too_wide(page) == []
        assert found_by_axe(page) == []
    lengthen_words(page)
    page.set_viewport_size(NARROWEST)
    assert too_wide(page) == []
    assert witness.complaints == []
    context.close()


def found_by_axe(page: Page) -> list[str]:
    axe = axe_source()
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += violations(page, axe) if axe else []
    return found
