"""Categories are ordered by buttons, by dragging, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import DESKTOP, Witness, axe_source, violations
from tests.journeys import desk
from tests.journeys.people import People
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

ORGANIZER = "organizer@example.org"
ORDER = """
SELECT string_agg(part.name, '' ORDER BY part.position)
FROM competitions_prize AS part JOIN competitions_competition AS whole
  ON whole.id = competition_id WHERE whole.slug = %s
"""
KEY = "SELECT id FROM competitions_competition WHERE slug = 'keys'"


@pytest.fixture
def form(browser: Browser, stack: Stack, people: People) -> Iterator[Page]:
    """A competition's form with three prizes: A, B and C."""
    context = browser.new_context(base_url=stack.base_url, viewport=DESKTOP)
    cookie = {"name": "sessionid", "value": people.staff[ORGANIZER]}
    context.add_cookies([{**cookie, "url": stack.base_url}])  # type: ignore[typeddict-item]
    witness, page = Witness(context), context.new_page()
    ((key,),) = stack.sql(KEY)
    page.goto(f"/admin/competitions/competition/{key}/change/")
    if page.locator("[name=prizes-2-name]").count() == 0:
        page.fill("[name=prizes-0-name]", "A")
        desk.add_row(page, "prizes", "Prize", name="B")
        desk.add_row(page, "prizes", "Prize", name="C")
        desk.save(page)
    yield page
    assert witness.complaints == []
    context.close()


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
