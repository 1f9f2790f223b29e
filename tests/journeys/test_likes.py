"""A like that the site cannot take is answered, not passed over in silence."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.stack import Stack
from tests.journeys.test_changes import window

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def test_a_like_that_htmx_cannot_send_or_the_site_refuses_is_answered_by_a_page(
    browser: Browser, stack: Stack, people: People
) -> None:
    artist = Participant(stack, people.next_guest())
    token = artist.token("wide-open", photograph(77), title="Harbor light")
    assert artist.checked(token)["state"] == "pending"
    entry = stack.seed("decide", "wide-open", token)["entry"]
    visitor = window(browser, stack, people.next_guest(), with_scripts=True)
    page = visitor.new_page()
    page.goto(entry)
    button = page.locator("#like-button")
    # The line breaks for the request of the script, and is there for that of the page.
    page.route(
        "**/like/",
        lambda route: (
            route.abort()
            if "hx-request" in route.request.headers
            else route.continue_()
        ),
    )
    with page.expect_navigation():
        button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.unroute("**/like/")
    withdrawn = artist.client.post(
        f"/receipts/{token}/withdraw/",
        data={"csrfmiddlewaretoken": artist.client.cookies["csrftoken"]},
    )
    assert withdrawn.status_code == 302
    with page.expect_navigation() as led:
        button.click()
    assert led.value is not None
    assert led.value.status == 404
    visitor.close()
    artist.client.close()
