"""A moderator requests changes in the queue; the artist sends them from the mail."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.browser import DESKTOP, Witness, too_wide
from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.stack import Stack, told, until
from tests.journeys.story import picture
from tests.journeys.test_pages import LOOKS, desk_addresses, found_by_axe

pytestmark = [pytest.mark.browser, pytest.mark.stack]

WISH = "Crop the frame."


def window(
    browser: Browser, stack: Stack, session: str, with_scripts: bool
) -> BrowserContext:
    context = browser.new_context(
        base_url=stack.base_url,
        viewport=DESKTOP,
        java_script_enabled=with_scripts,
        reduced_motion="reduce",
    )
    cookie = {"name": "sessionid", "value": session, "url": stack.base_url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context


def check(page: Page, with_scripts: bool) -> None:
    """For everybody, on phone and desktop, in light and dark."""
    if with_scripts:
        assert found_by_axe(page, LOOKS) == []
        assert too_wide(page) == []


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_changed_version_takes_the_place_of_the_entry(
    browser: Browser, stack: Stack, people: People, with_scripts: bool
) -> None:
    artist = Participant(stack, people.next_guest())
    seed = 2026 + 2 * with_scripts
    token = artist.token("wide-open", photograph(seed), title="Harbor")
    assert artist.checked(token)["state"] == "pending"
    moderator = people.staff["moderator@example.org"]
    desk = window(browser, stack, moderator, with_scripts)
    studio = window(browser, stack, artist.session, with_scripts)
    witnesses = [Witness(desk), Witness(studio)]
    address = desk_addresses(stack, token)["submission"]
    request_changes(desk.new_page(), f"{address}review/", with_scripts)
    page = studio.new_page()
    for place in ("/me/", f"/receipts/{token}/"):
        page.goto(place)
        expect(page.get_by_text(WISH)).to_be_visible()
        check(page, with_scripts)
    form = artist_mail(stack, token)
    page.get_by_role("link", name="Send a changed version").click()
    expect(page).to_have_url(form)
    check(page, with_scripts)
    page.get_by_label("Title").fill("Harbor, cropped")
    page.set_input_files("[name=file]", [cropped(seed)])
    page.get_by_role("button", name="Send my entry").click()
    page.wait_for_url(re.compile("/receipts/"))
    expect(page.get_by_text("Changed version of")).to_be_visible()
    assert stack.state_of(token) == "withdrawn"
    page.goto(f"/receipts/{token}/")
    said = "A changed version has taken the place of this entry."
    expect(page.get_by_text(said)).to_be_visible()
    check(page, with_scripts)
    assert [witness.complaints for witness in witnesses] == [[], []]
    artist.client.close()


def cropped(seed: int) -> FilePayload:
    return picture("cropped.jpg", photograph(seed + 1, size=(1000, 700)))


def request_changes(page: Page, address: str, with_scripts: bool) -> None:
    page.goto(address)
    page.get_by_text("Request changes…").click()
    check(page, with_scripts)
    page.get_by_label("Changes", exact=True).fill(WISH)
    page.get_by_label("Days").fill("3")
    page.get_by_role("button", name="Request changes").click()
    expect(page.get_by_text("Changes of “Harbor” are requested.")).to_be_visible()
    page.goto(address)
    expect(page.get_by_text(WISH)).to_be_visible()
    check(page, with_scripts)


def artist_mail(stack: Stack, token: str) -> str:
    """The form's address in the mail, once it is sent."""
    ((to,),) = stack.sql(
        "SELECT person.email FROM accounts_user AS person JOIN submissions_submission"
        " AS entry ON entry.participant_id = person.id WHERE token = %s",
        token,
    )
    mails = until("the mail is sent", lambda: stack.mails(to, WISH))
    found = re.search(r"http\S+\?replaces=\S+", told(mails[-1]))
    assert found
    return found[0]
