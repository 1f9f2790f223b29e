"""An administrator hands a contest over: to an organizer, and she to a moderator.

Last year's contest is copied, opened, reviewed, exported, closed and announced. Presses
on links and buttons are counted, for each person; keys of the review apart.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.camera import photograph
from tests.journeys import desk
from tests.journeys.client import Participant
from tests.journeys.desk import Clicks
from tests.journeys.stack import PASSWORD, Stack, until
from tests.journeys.story import Story, step

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.trial]

LINK = re.compile(r"http\S+/accounts/invitations/[\w-]{43}/")
# From the first page of the desk to an opened copy.
MOST_TO_OPEN = 5
# One for the approval; two for the rejection, which asks for its reason.
KEYS = 3
UNSETTLED = """
SELECT count(*) FROM submissions_submission
WHERE token = ANY(%s) AND undo_until > clock_timestamp()
"""


@dataclass
class Handover:
    """What the story is about, and how much its people pressed."""

    story: Story
    names: dict[str, str]
    with_scripts: bool
    hands: dict[str, Clicks] = field(default_factory=dict)
    keys: int = 0
    slug: str = ""
    title: str = ""
    to_open: int = 0
    tokens: list[str] = field(default_factory=list)

    def hand(self, role: str) -> Clicks:
        if role not in self.hands:
            page = self.story.new_page(java_script_enabled=self.with_scripts)
            self.hands[role] = Clicks(page)
        return self.hands[role]

    def sign_in(self, role: str) -> None:
        desk.sign_in(self.hand(role).page, self.names[role])
        self.hand(role).made += 1

    def invite(self, by: str, role: str) -> None:
        """From the page of the organization or competition that is open."""
        hand = self.hand(by)
        hand.link("People", ".object-tools")
        hand.link("Invite a person")
        hand.page.fill("[name=name]", role.title())
        hand.page.fill("[name=email]", self.names[role])
        hand.page.select_option("[name=role]", role)
        hand.button("Invite a person")
        desk.message(hand.page, ".success")

    def accept(self, role: str) -> None:
        """By the link of the mail; the desk comes next."""
        hand = self.hand(role)
        (address,) = LINK.findall(self.story.mail(self.names[role], "to accept"))
        hand.page.goto(address)
        hand.link("Sign in", "main")
        self.sign_in(role)
        hand.button("Accept the invitation")
        assert "You are now" in desk.message(hand.page, ".success")

    def line(self, role: str) -> str:
        """Selects the contest on the first page of the desk, which is opened."""
        self.hand(role).link("Home", ".breadcrumbs")
        return f"article.line:has-text('{self.title}')"


def administrator_invites(handover: Handover) -> None:
    hand = handover.hand("admin")
    hand.page.goto("/admin/")
    handover.sign_in("admin")
    hand.link("Organizations")
    hand.link(handover.names["organization"])
    handover.invite("admin", "organizer")


def organizer_opens_a_copy(handover: Handover) -> None:
    handover.accept("organizer")
    hand = handover.hand("organizer")
    before = hand.made
    hand.link("Competitions")
    hand.link(f"Copy {handover.names['title']}")
    handover.slug = hand.page.locator("[name=slug]").input_value()
    handover.title = hand.page.locator("[name=title]").input_value()
    hand.button("Copy")
    hand.link("Open it for entries")
    hand.button("Open")
    desk.message(hand.page, ".success")
    handover.to_open = hand.made - before
    assert handover.story.state(handover.slug) == "open"


def organizer_invites(handover: Handover) -> None:
    handover.invite("organizer", "moderator")


def artist_enters(handover: Handover, artist: Participant) -> None:
    for seed, title in ((2101, "Night lamp"), (2102, "A blurred lamp")):
        photo = photograph(seed + 10 * handover.with_scripts)
        handover.tokens.append(artist.token(handover.slug, photo, title=title))
        assert artist.checked(handover.tokens[-1])["state"] == "pending"


def moderator_decides(handover: Handover) -> None:
    handover.accept("moderator")
    hand = handover.hand("moderator")
    hand.on(hand.page.locator(".card a", has_text="to review"))
    hand.link("Start with the first")
    heading = hand.page.locator("h1")
    expect(heading).to_have_text("Night lamp")
    if handover.with_scripts:
        press(handover, hand.page, "a")
        expect(heading).to_have_text("A blurred lamp")
        reason = hand.page.locator("kbd[data-reason]").first
        press(handover, hand.page, "r", str(reason.get_attribute("data-reason")))
    else:
        hand.on(hand.page.locator("button[value=approve]"))
        expect(heading).to_have_text("A blurred lamp")
        hand.within(hand.page.locator("summary[data-key=r]"))
        hand.within(hand.page.locator("label.reason").first)
        hand.on(hand.page.locator("button[value=reject]"))
    expect(heading).to_have_text("Entries to review")
    states = [handover.story.stack.state_of(token) for token in handover.tokens]
    assert states == ["approved", "rejected"]


def press(handover: Handover, page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    handover.keys += len(keys)


def organizer_stops_entries(handover: Handover) -> None:
    until(
        "all is settled", lambda: handover.story.row(UNSETTLED, handover.tokens)[0] == 0
    )
    hand = handover.hand("organizer")
    hand.link(handover.title, handover.line("organizer"))
    hand.link("Change it")
    hand.link("Stop entries now", ".object-tools")
    hand.page.fill("[name=reason]", "All lamps are here.")
    hand.button("Stop entries now")
    desk.message(hand.page, ".success")


def organizer_exports(handover: Handover) -> None:
    hand = handover.hand("organizer")
    hand.link("Overview", ".object-tools")
    hand.link("Export entries")
    hand.button("Export")
    file = hand.page.get_by_role("link", name="Download the file")
    if not handover.with_scripts:
        until("the file is written", lambda: hand.page.reload() and file.count())
    with hand.page.expect_download() as download:
        hand.within(file)
    with Path(download.value.path()).open(newline="") as table:
        rows = [(row["title"], row["state"]) for row in csv.DictReader(table)]
    assert rows == [("Night lamp", "approved"), ("A blurred lamp", "rejected")]


def organizer_closes(handover: Handover) -> None:
    hand = handover.hand("organizer")
    hand.link("Close it, and freeze the entries", handover.line("organizer"))
    hand.button("Close")
    desk.message(hand.page, ".success")
    assert handover.story.state(handover.slug) == "closed"


def organizer_gives_the_prize(handover: Handover) -> None:
    hand = handover.hand("organizer")
    missing = "No prize is given yet. Give one to an entry."
    hand.link(missing, handover.line("organizer"))
    hand.link("Night lamp")
    hand.link("Give a prize", ".object-tools")
    hand.page.select_option("[name=prize]", label="The Lantern")
    hand.button("Give a prize")
    desk.message(hand.page, ".success")


def organizer_announces(handover: Handover) -> None:
    hand = handover.hand("organizer")
    hand.link("Announce the winners", handover.line("organizer"))
    expect(hand.page.get_by_role("heading", name="The Lantern")).to_be_visible()
    hand.button("Announce the winners")
    desk.message(hand.page, ".success")
    assert handover.story.state(handover.slug) == "winner_announced"


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_contest_is_handed_over_run_and_announced(
    browser: Browser,
    stack: Stack,
    someone: Callable[[], Participant],
    with_scripts: bool,
) -> None:
    name = "scripts" if with_scripts else "plain"
    names = stack.seed("handover", PASSWORD, name)
    with closing(Story(browser, stack)) as story:
        handover = Handover(story, names, with_scripts)
        for title, act in ACTS:
            with step(title):
                act(handover)
            if act is organizer_invites:
                artist_enters(handover, someone())
        assert story.complaints == []
    clicks = {role: hand.made for role, hand in handover.hands.items()}
    print(f"clicks: {sum(clicks.values())}, {clicks}; keys: {handover.keys}")  # noqa: T201  a result
    assert handover.to_open <= MOST_TO_OPEN
    assert handover.keys == (KEYS if with_scripts else 0)


ACTS: tuple[tuple[str, Callable[[Handover], None]], ...] = (
    ("Administrator: invites an organizer by mail", administrator_invites),
    (
        "Organizer: accepts, copies last year's, opens it",
        organizer_opens_a_copy,
    ),
    ("Organizer: invites a moderator to it", organizer_invites),
    ("Moderator: accepts, and decides in the queue", moderator_decides),
    ("Organizer: stops entries", organizer_stops_entries),
    ("Organizer: exports the entries", organizer_exports),
    ("Organizer: closes it", organizer_closes),
    ("Organizer: gives the prize", organizer_gives_the_prize),
    ("Organizer: announces the winners", organizer_announces),
)
