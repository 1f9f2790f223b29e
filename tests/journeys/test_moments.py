"""The shortcuts beside date fields of the admin."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.people import People
from tests.journeys.seeding import CAROL
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

# As `seeding.room` makes it.
ZONE = ZoneInfo("Europe/Athens")
KEY = "SELECT id FROM competitions_competition WHERE slug = 'keys'"


def test_today_and_now_are_by_the_competitions_clock_and_not_by_the_devices(
    browser: Browser, stack: Stack, people: People
) -> None:
    ((competition,),) = stack.sql(KEY)
    context = browser.new_context(
        base_url=stack.base_url, timezone_id="America/New_York"
    )
    cookie = {"name": "sessionid", "value": people.staff[CAROL], "url": stack.base_url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    moment = datetime.now(UTC).replace(microsecond=0)
    page.clock.set_fixed_time(moment)
    page.goto(f"/admin/campaigns/campaign/add/?competition={competition}")
    window = page.locator(".field-starts_at")
    expect(window.get_by_text("In the time zone Europe/Athens.")).to_be_visible()
    window.get_by_text("Today", exact=True).click()
    window.get_by_text("Now", exact=True).click()
    local = moment.astimezone(ZONE)
    expect(page.locator("[name=starts_at_0]")).to_have_value(f"{local:%Y-%m-%d}")
    expect(page.locator("[name=starts_at_1]")).to_have_value(f"{local:%H:%M:%S}")
    context.close()
