"""The page before a step, and words that are not lost when a page is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser import DESKTOP, PHONE, Witness, axe_source, too_wide, violations
from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

ORGANIZER = "organizer@example.org"
FIND = "SELECT id FROM competitions_competition WHERE slug = %s"


@pytest.fixture(scope="module")
def desk(
    browser: Browser, stack: Stack, people: People
) -> Iterator[tuple[Page, Witness]]:
    """The organizer's window."""
    context = browser.new_context(base_url=stack.base_url, reduced_motion="reduce")
    cookie = {"name": "sessionid", "value": people.staff[ORGANIZER]}
    context.add_cookies([{**cookie, "url": stack.base_url}])  # type: ignore[typeddict-item]
    yield context.new_page(), Witness(context)
    context.close()


def page_of(stack: Stack, slug: str, name: str) -> str:
    ((key,),) = stack.sql(FIND, slug)
    return f"/admin/competitions/competition/{key}/{name}/"


def test_the_announcement_shows_the_winners_on_every_screen(
    desk: tuple[Page, Witness],
    stack: Stack,
    someone: Callable[[], Participant],
    tmp_path: Path,
) -> None:
    page, witness = desk
    artist = someone()
    token = artist.token("unannounced", photograph(21), title="Night ferry")
    artist.checked(token)
    stack.seed("decide", "unannounced", token)
    for size in (PHONE, DESKTOP):
        for scheme in ("light", "dark"):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.goto(page_of(stack, "unannounced", "do/announce"))
            picture = page.get_by_role("img", name="Night ferry")
            expect(picture).to_have_js_property("complete", value=True)
            assert picture.evaluate("picture => picture.naturalWidth") > 0
            shown = tmp_path / f"announce-{size['width']}-{scheme}.png"
            page.screenshot(path=shown, full_page=True)
            assert too_wide(page) == []
            if axe := axe_source():
                assert violations(page, axe) == []
    expect(page.get_by_role("heading", name="The Lantern")).to_be_visible()
    expect(page.get_by_role("heading", name="What cannot be undone")).to_be_visible()
    expect(page.get_by_text("1 person who entered gets a mail")).to_be_visible()
    assert witness.complaints == []
    with page.expect_navigation():
        page.get_by_role("button", name="Announce the winners").click()
    page.goto("/competitions/unannounced/")
    expect(page.get_by_text("Night ferry").first).to_be_visible()


@pytest.fixture
def asked(desk: tuple[Page, Witness]) -> Iterator[list[str]]:
    """The questions of the browser; each is answered with “stay”."""
    page, _witness = desk
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    def leave(dialog: Dialog) -> None:
        dialog.accept()

    page.on("dialog", stay)
    yield questions
    page.remove_listener("dialog", stay)
    page.on("dialog", leave)
    page.goto("/admin/")
    page.remove_listener("dialog", leave)


def test_words_that_are_not_saved_are_not_lost_without_a_question(
    desk: tuple[Page, Witness], stack: Stack, asked: list[str]
) -> None:
    page, witness = desk
    page.set_viewport_size(DESKTOP)
    change = page_of(stack, "faults", "change")
    page.goto(change)
    # Nothing was typed: the page is left.
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{stack.base_url}/admin/")
    assert asked == []
    page.goto(change)
    page.locator("[name=summary]").press("End")
    page.keyboard.type(" More.")
    page.get_by_role("link", name="Home").click()
    expect(page.locator("[name=summary]")).to_have_value("Pictures of one room. More.")
    assert asked == ["beforeunload"]
    # Saving is no leaving, and what is saved is not lost.
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{stack.base_url}/admin/")
    assert asked == ["beforeunload"]
    assert witness.complaints == []


def test_the_reason_of_a_refused_step_counts_as_not_saved(
    desk: tuple[Page, Witness], stack: Stack, asked: list[str]
) -> None:
    page, _witness = desk
    page.goto(page_of(stack, "keys", "do/extend-deadline"))
    page.fill("[name=closes_at_0]", "2026-01-01")
    page.fill("[name=closes_at_1]", "12:00:00")
    page.fill("[name=reason]", "The hall is full.")
    page.get_by_role("button", name="Move the deadline").click()
    expect(page.locator(".errorlist")).to_be_visible()
    expect(page.locator("[name=reason]")).to_have_value("The hall is full.")
    # A press on the page, without which browsers do not ask.
    page.locator("#content").click(position={"x": 2, "y": 2})
    page.get_by_role("link", name="Go back").click()
    expect(page.locator("[name=reason]")).to_have_value("The hall is full.")
    assert asked == ["beforeunload"]
