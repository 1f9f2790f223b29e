"""A picture that is a page as well, entered and then opened in Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

PAGE = b"<!doctype html><html><script>document.title = 'ran'</script></html>"
POLYGLOT = photograph(12, size=(90, 60)) + PAGE
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def artist(someone: Callable[[], Participant]) -> Participant:
    return someone()


def window(browser: Browser, artist: Participant, stack: Stack) -> Page:
    """A tab in which the artist is signed in."""
    context = browser.new_context(base_url=stack.base_url)
    cookie = {"name": "sessionid", "value": artist.session, "url": stack.base_url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context.new_page()


def test_no_script_of_a_polyglot_runs(
    browser: Browser, artist: Participant, stack: Stack
) -> None:
    token = artist.token("wide-open", POLYGLOT, name="page.html")
    assert artist.checked(token)["state"] == "pending"
    query = "SELECT public_id FROM submissions_submission WHERE token = %s"
    ((public_id,),) = stack.sql(query, token)
    place = f"/entries/{public_id}/320.webp"
    page = window(browser, artist, stack)
    answer = page.goto(place)
    assert answer is not None
    assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
    assert page.evaluate("document.contentType") == "image/webp"
    assert page.title() != "ran"

    def as_a_page(route: Route) -> None:
        route.fulfill(body=POLYGLOT, content_type="text/html")

    # The control: the same file, served as what it also is, does run.
    page.route("**/320.webp", as_a_page)
    page.goto(place)
    assert page.title() == "ran"
    page.context.close()


@pytest.mark.parametrize("name", ["drawing.png", "page.png", "drawing.svg"])
def test_pages_and_drawings_do_not_come_in_by_their_name(
    artist: Participant, name: str
) -> None:
    data = PAGE if name.startswith("page") else DRAWING
    answer = artist.enter("wide-open", data, name=name)
    assert answer.status_code == 422
    assert "JPEG" in answer.json()["detail"]
