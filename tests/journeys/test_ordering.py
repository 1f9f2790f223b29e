"""Categories are ordered by buttons, by dragging, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import (
    DESKTOP,
    PHONE,
    Witness,
    axe_source,
    too_wide,
    violations,
)
from tests.journeys import desk
from tests.journeys.people import People
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ORGANIZER = "organizer@example.org"
ORDER = """
SELECT string_agg(part.name, '' ORDER BY part.position)
FROM competitions_prize AS part JOIN competitions_competition AS whole
  ON whole.id = competition_id WHERE whole.slug = %s
"""
KEY = "SELECT id FROM competitions_competition WHERE slug = %s"


@contextmanager
def opened(
    browser: Browser, stack: Stack, people: People, slug: str, **options: Any
) -> Iterator[Page]:
    """A competition's form in the organizer's window."""
    context = browser.new_context(
        base_url=stack.base_url, viewport=DESKTOP, reduced_motion="reduce", **options
    )
    cookie = {"name": "sessionid", "value": people.staff[ORGANIZER]}
    context.add_cookies([{**cookie, "url": stack.base_url}])  # type: ignore[typeddict-item]
    witness, page = Witness(context), context.new_page()
    ((key,),) = stack.sql(KEY, slug)
    page.goto(f"/admin/competitions/competition/{key}/change/")
    yield page
    assert witness.complaints == []
    context.close()


@pytest.fixture
def form(browser: Browser, stack: Stack, people: People) -> Iterator[Page]:
    """A competition's form with three prizes: A, B and C."""
    with opened(browser, stack, people, "keys") as page:
        fill(page)
        yield page


def fill(page: Page) -> None:
    if page.locator("[name=prizes-2-name]").count() == 0:
        page.fill("[name=prizes-0-name]", "A")
        desk.add_row(page, "prizes", "Prize", name="B")
        desk.add_row(page, "prizes", "Prize", name="C")
        desk.save(page)


def row(page: Page, name: str) -> Locator:
    return page.locator(f"#prizes-group tr:has(input[value={name}])")


def test_prizes_are_ordered_by_keyboard_and_by_dragging(
    form: Page, stack: Stack
) -> None:
    up = form.get_by_role("button", name="Move up: C")
    up.focus()
    form.keyboard.press("Enter")
    expect(up).to_be_focused()
    form.keyboard.press("Enter")
    expect(form.get_by_text("C: 1 of 3")).to_be_attached()
    desk.save(form)
    assert stack.sql(ORDER, "keys") == [("CAB",)]
    handle = row(form, "C").locator(".order-handle")
    handle.scroll_into_view_if_needed()
    box, below = handle.bounding_box(), row(form, "B").bounding_box()
    assert box is not None
    assert below is not None
    form.mouse.move(box["x"] + 5, box["y"] + 5)
    form.mouse.down()
    form.mouse.move(box["x"] + 5, below["y"] + below["height"] - 2, steps=8)
    form.mouse.up()
    if axe := axe_source():
        assert violations(form, axe) == []
    desk.save(form)
    assert stack.sql(ORDER, "keys") == [("ABC",)]
    # A new row stays the last one, whether it is moved or not.
    desk.add_row(form, "prizes", "Prize", name="D")
    desk.save(form)
    assert stack.sql(ORDER, "keys") == [("ABCD",)]


def test_rows_are_added_and_ordered_without_scripts(
    browser: Browser, stack: Stack, people: People, tmp_path: Path
) -> None:
    with opened(browser, stack, people, "rows", java_script_enabled=False) as page:
        page.fill("[name=prizes-0-name]", "A")
        for number, name in ((1, "B"), (2, "C")):
            with page.expect_navigation():
                page.get_by_role("button", name="Add another Prize").click()
            expect(page.get_by_text("There is one more row.")).to_be_visible()
            page.fill(f"[name=prizes-{number}-name]", name)
        for_everybody(browser, page, tmp_path)
        page.fill("[name=prizes-2-position]", "1")
        # Enter saves as it does with scripts.
        with page.expect_navigation():
            page.locator("[name=prizes-2-name]").press("Enter")
        expect(page.locator(".messagelist .success")).to_be_visible()
    assert stack.sql(ORDER, "rows") == [("CAB",)]


def for_everybody(browser: Browser, page: Page, folder: Path) -> None:
    """On every screen and in both colors."""
    for size in (PHONE, DESKTOP):
        for scheme in SCHEMES:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            shown = folder / f"rows-{size['width']}-{scheme}.png"
            page.screenshot(path=shown, full_page=True)
    if axe := axe_source():
        with shown_to_axe(browser, page) as same:
            for size in (PHONE, DESKTOP):
                same.set_viewport_size(size)
                assert too_wide(same) == []
                for scheme in SCHEMES:
                    same.emulate_media(color_scheme=scheme)
                    assert violations(same, axe) == []


@contextmanager
def shown_to_axe(browser: Browser, page: Page) -> Iterator[Page]:
    """The same page, with what it shows without scripts, where axe can run."""
    text = re.sub("<script.*?</script>", "", page.content(), flags=re.DOTALL)
    text = re.sub("<(/?)noscript>", r"<\1div>", text)
    context = browser.new_context(reduced_motion="reduce")
    same = context.new_page()
    same.set_content(text.replace("<head>", f'<head><base href="{page.url}">'))
    expect(same.get_by_role("button", name="Add another Prize")).to_be_visible()
    yield same
    context.close()
