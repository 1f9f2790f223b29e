"""The countdown in a browser whose own clock is wrong by years."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.people import People
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def test_a_countdown_follows_the_servers_clock_and_ends_at_zero(
    browser: Browser, stack: Stack, people: People
) -> None:
    page = browser.new_page(base_url=stack.base_url)
    page.clock.install(time=datetime(2031, 1, 1, tzinfo=UTC))
    page.goto("/competitions/hall/")
    deadline = page.locator("[data-deadline]")
    words = deadline.locator("[data-deadline-words]")
    enter = page.get_by_role("link", name="Enter your work")
    expect(enter).to_be_visible()
    left = deadline.evaluate("one => one.dataset.closes - one.dataset.now")
    page.clock.fast_forward(left - 30_000)
    expect(words).to_have_text(re.compile(r"^Closes in [123]?\d seconds?$"))
    page.clock.fast_forward(31_000)
    expect(words).to_have_text(re.compile(r"^Closed \d+ seconds? ago$"))
    expect(deadline.locator("[role=status]")).to_have_text("Entries are closed now.")
    expect(enter).to_be_hidden()
    page.close()
