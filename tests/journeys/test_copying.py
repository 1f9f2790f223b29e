"""Last year's competition is copied and opened with few clicks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import DESKTOP, Witness
from tests.journeys import desk
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

MOST_CLICKS = 5
COPY = (
    "SELECT state, opened_at IS NOT NULL FROM competitions_competition WHERE slug = %s"
)


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_sign_in_to_an_opened_copy_in_five_clicks(
    browser: Browser, stack: Stack, with_scripts: bool
) -> None:
    context = browser.new_context(
        base_url=stack.base_url, viewport=DESKTOP, java_script_enabled=with_scripts
    )
    witness = Witness(context)
    page = context.new_page()
    page.goto("/admin/")
    desk.sign_in(page, "organizer@example.org")
    clicks = desk.Clicks(page)
    clicks.link("Competitions")
    clicks.link("Copy The room stopped")
    slug = page.locator("[name=slug]").input_value()
    clicks.button("Copy")
    clicks.link("Open it for entries")
    clicks.button("Open")
    expect(page.locator(".messagelist .success")).to_be_visible()
    print(f"from sign-in to an opened copy: {clicks.made} clicks")  # noqa: T201  a result
    assert clicks.made <= MOST_CLICKS
    assert stack.sql(COPY, slug) == [("open", True)]
    assert witness.complaints == []
    context.close()
