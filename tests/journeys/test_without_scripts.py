"""Every act of moderators and organizers on entries, in browsers without JavaScript."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import DESKTOP, Witness
from tests.camera import photograph
from tests.journeys import desk
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.seeding import PLAIN
from tests.journeys.stack import Stack, told, until
from tests.journeys.test_pages import desk_addresses

pytestmark = [pytest.mark.browser, pytest.mark.stack]

LIST = "/admin/submissions/submission/"
LINK = re.compile(r"http\S+/accounts/invitations/[\w-]{43}/")
TITLES = ("Alder", "Birch", "Cedar", "Dogwood")
EMAIL = """
SELECT person.email FROM accounts_user AS person JOIN submissions_submission AS entry
  ON entry.participant_id = person.id WHERE token = %s
"""


@dataclass
class Grove:
    """Entries by title, and the windows of three people, all without scripts."""

    stack: Stack
    tokens: dict[str, str]
    artist: Page
    moderator: Page
    organizer: Page

    def entry(self, title: str) -> str:
        return desk_addresses(self.stack, self.tokens[title])["submission"]

    @property
    def competition(self) -> str:
        return desk_addresses(self.stack, self.tokens["Alder"])["competition"]

    def states(self, *titles: str) -> list[str]:
        return [self.stack.state_of(self.tokens[title]) for title in titles]

    @property
    def email(self) -> str:
        ((found,),) = self.stack.sql(EMAIL, self.tokens["Alder"])
        return str(found)


@pytest.fixture
def grove(
    browser: Browser,
    stack: Stack,
    people: People,
    someone: Callable[[], Participant],
) -> Iterator[Grove]:
    artist = someone()
    tokens = {}
    for seed, title in enumerate((*TITLES, "Veiled")):
        slug = "veiled" if title == "Veiled" else "bare"
        tokens[title] = artist.token(slug, photograph(3100 + seed), title=title)
        assert artist.checked(tokens[title])["state"] == "pending"
    organizer, moderator = (people.staff[one] for one in PLAIN)
    contexts = [
        browser.new_context(
            base_url=stack.base_url, viewport=DESKTOP, java_script_enabled=False
        )
        for _ in "abc"
    ]
    witnesses = [Witness(context) for context in contexts]
    for context, session in zip(
        contexts, (artist.session, moderator, organizer), strict=True
    ):
        cookie = {"name": "sessionid", "value": session, "url": stack.base_url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    yield Grove(stack, tokens, *(context.new_page() for context in contexts))
    assert [one for witness in witnesses for one in witness.complaints] == []
    for context in contexts:
        context.close()


def test_each_step_works_without_javascript(grove: Grove) -> None:
    """One story: each step begins with what the one before has left."""
    several_are_approved_and_one_is_undone(grove)
    a_rejection_is_appealed_and_upheld(grove)
    changes_are_requested_and_the_request_withdrawn(grove)
    two_disqualify(grove)
    the_organizer_sees_the_artists(grove)
    the_decisions_are_exported(grove)
    a_person_is_invited_and_accepts(grove)


def several_are_approved_and_one_is_undone(grove: Grove) -> None:
    page = grove.moderator
    page.goto(f"{LIST}?q=Alder")
    choose(page, "Alder", act="approve_selected")
    expect(page.get_by_role("heading", name="1 mail")).to_be_visible()
    desk.press(page.get_by_role("button", name="Approve", exact=True))
    assert desk.message(page, ".success") == "Done: Approve, 1 of 1."
    # Within its ten seconds.
    page.goto(f"{grove.entry('Alder')}do/undo/")
    desk.press(page.get_by_role("button", name="Undo", exact=True))
    assert grove.states("Alder") == ["pending"]
    page.goto(LIST)
    choose(page, "Alder", "Birch", act="approve_selected")
    desk.press(page.get_by_role("button", name="Approve", exact=True))
    assert desk.message(page, ".success") == "Done: Approve, 2 of 2."
    page.goto(LIST)
    choose(page, "Cedar", act="reject_selected")
    desk.give_reason(page, "It shows no tree.")
    desk.press(page.get_by_role("button", name="Read the mails"))
    desk.press(page.get_by_role("button", name="Reject", exact=True))
    assert grove.states("Alder", "Birch", "Cedar") == [
        "approved", "approved", "rejected",
    ]  # fmt: skip


def choose(page: Page, *titles: str, act: str) -> None:
    for title in titles:
        row = page.locator("#result_list tr", has_text=title)
        row.locator(".action-select").check()
    page.select_option("[name=action]", act)
    desk.press(page.get_by_role("button", name="Go"))


def a_rejection_is_appealed_and_upheld(grove: Grove) -> None:
    page = grove.artist
    receipt = f"/receipts/{grove.tokens['Cedar']}/"
    until("the rejection is final", lambda: is_final(grove, "Cedar"))
    page.goto(f"{receipt}appeal/")
    page.locator("[name=text]").fill("The tree is behind the fog.")
    desk.press(page.locator("main form button[type=submit]").last)
    expect(page.get_by_text("The tree is behind the fog.")).to_be_visible()
    page = grove.organizer
    page.goto(f"{grove.entry('Cedar')}change/")
    tools = page.locator(".object-tools")
    desk.press(tools.get_by_role("link", name="Uphold the appeal", exact=True))
    page.locator("[name=answer]").fill("Now we see it.")
    desk.press(page.get_by_role("button", name="Uphold the appeal", exact=True))
    desk.message(page, ".success")
    assert grove.states("Cedar") == ["pending"]


def is_final(grove: Grove, title: str) -> bool:
    over = "SELECT undo_until < now() FROM submissions_submission WHERE token = %s"
    return grove.stack.sql(over, grove.tokens[title]) == [(True,)]


def changes_are_requested_and_the_request_withdrawn(grove: Grove) -> None:
    page = grove.moderator
    page.goto(f"{grove.entry('Dogwood')}change/")
    desk.do(page, "Request changes", reason="Crop the frame.")
    receipt = f"/receipts/{grove.tokens['Dogwood']}/"
    grove.artist.goto(receipt)
    expect(grove.artist.get_by_text("Crop the frame.")).to_be_visible()
    desk.do(page, "Withdraw the request for changes")
    grove.artist.goto(receipt)
    expect(grove.artist.get_by_text("Crop the frame.")).to_have_count(0)


def two_disqualify(grove: Grove) -> None:
    page = grove.moderator
    page.goto(f"{grove.entry('Birch')}change/")
    desk.do(page, "Propose to disqualify", reason="It is of another artist.")
    page = grove.organizer
    page.goto(f"{grove.entry('Birch')}change/")
    desk.do(page, "Confirm the disqualification")
    assert grove.states("Birch") == ["disqualified"]


def the_organizer_sees_the_artists(grove: Grove) -> None:
    page, entry = grove.organizer, f"{grove.entry('Veiled')}change/"
    page.goto(entry)
    expect(page.get_by_text("name hidden").first).to_be_visible()
    veiled = desk_addresses(grove.stack, grove.tokens["Veiled"])["competition"]
    page.goto(f"{veiled}change/")
    desk.do(page, "Show me the artists", reason="The artist asked for help.")
    page.goto(entry)
    expect(page.get_by_text("name hidden")).to_have_count(0)


def the_decisions_are_exported(grove: Grove) -> None:
    page = grove.organizer
    page.goto(f"{grove.competition}overview/")
    desk.press(page.get_by_role("link", name="Export decisions", exact=True))
    desk.press(page.get_by_role("button", name="Export", exact=True))
    file = page.get_by_role("link", name="Download the file")
    until("the file is written", lambda: page.reload() and file.count())
    with page.expect_download() as download:
        file.click()
    with Path(download.value.path()).open(newline="") as table:
        made = {row["after"] for row in csv.DictReader(table)}
    assert made >= {"approved", "rejected", "disqualified", "upheld", "withdrawn"}


def a_person_is_invited_and_accepts(grove: Grove) -> None:
    page = grove.organizer
    page.goto(f"{grove.competition}people/")
    desk.press(page.get_by_role("link", name="Invite a person"))
    page.fill("[name=name]", "A juror")
    page.fill("[name=email]", grove.email)
    page.select_option("[name=role]", "juror")
    desk.press(page.get_by_role("button", name="Invite a person"))
    desk.message(page, ".success")
    mails = until("the mail", lambda: grove.stack.mails(grove.email, "to accept"))
    (address,) = LINK.findall(told(mails[-1]))
    grove.artist.goto(address)
    accept = grove.artist.get_by_role("button", name="Accept the invitation")
    desk.press(accept)
    page.goto(f"{grove.competition}people/")
    expect(page.get_by_text(grove.email).first).to_be_visible()
