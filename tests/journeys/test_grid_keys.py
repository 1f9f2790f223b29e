"""The keys that decide on the chosen entries of the grid, and the early picture."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.people import People
from tests.journeys.seeding import REVIEWERS
from tests.journeys.stack import Stack
from tests.journeys.test_queue import MOVED_ON, QUEUE, desk_of, filled

pytestmark = [pytest.mark.browser, pytest.mark.stack]

STATES = "SELECT DISTINCT state FROM submissions_submission WHERE competition_id = %s"


@pytest.fixture(scope="module")
def queue(browser: Browser, stack: Stack, people: People) -> Iterator[tuple[Page, str]]:
    """A moderator's window, and the queue of two entries; nothing is decided."""
    competition = filled(stack, people, 2, "grid")
    with desk_of(browser, stack, people.staff[REVIEWERS[1]]) as page:
        yield page, f"{QUEUE}?competition={competition}"
    assert stack.sql(STATES, competition) == [("pending",)]


# A rejection asks for its reason first, and then shows its mails.
@pytest.mark.parametrize(("key", "button"), [("a", "Approve"), ("r", "Read the mails")])
def test_a_key_asks_about_the_chosen_entries_of_the_grid(
    queue: tuple[Page, str], key: str, button: str
) -> None:
    page, address = queue
    page.goto(address)
    for pressed in "jxjx":
        page.keyboard.press(pressed)
    expect(page.get_by_text("2 chosen")).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press(key)
    expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
    expect(page.locator("#content-main > ul > li")).to_have_count(2)


def test_the_picture_of_the_next_entry_is_loaded_early(queue: tuple[Page, str]) -> None:
    page, address = queue
    page.goto(address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.get_by_role("link", name="Start with the first").click()
    shown = page.locator(".entry-review")
    first = shown.get_attribute("data-entry") or ""
    page.wait_for_load_state("networkidle")
    early = list(asked)
    page.keyboard.press("j")
    page.wait_for_function(MOVED_ON, arg=first)
    picture = page.locator("[data-figure] img").get_attribute("src") or ""
    assert urlsplit(picture).path in early
