"""Two moderators empty one queue by keyboard: one key for a yes, two for a no."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser import DESKTOP, Witness
from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.seeding import REVIEWERS
from tests.journeys.stack import Stack, until

pytestmark = [pytest.mark.browser, pytest.mark.stack]

QUEUE = "/admin/submissions/submission/queue/"
SOAK = (pytest.mark.trial, pytest.mark.soak)
# A participant sends thirty files a minute.
BATCH = 25
# Of all decisions; the others are approvals.
REJECTED_EVERY = 5
MOVED_ON = "key => document.querySelector('.entry-review')?.dataset.entry !== key"
DECISIONS = """
SELECT row_id FROM core_auditentry JOIN submissions_submission AS entry
  ON entry.id = row_id AND table_name = 'submissions_submission'
WHERE entry.competition_id = %s AND changes #>> '{decided_by_id,1}' IS NOT NULL
"""
OUTCOMES = """
SELECT state, count(*), count(DISTINCT decided_by_id) FROM submissions_submission
WHERE competition_id = %s GROUP BY state ORDER BY state
"""
MAILS = """
SELECT entry.state, count(*), count(DISTINCT entry.id)
FROM core_mail JOIN submissions_submission AS entry ON entry.id = about
WHERE not_before IS NOT NULL AND entry.competition_id = %s
GROUP BY entry.state ORDER BY entry.state
"""
# Presses a link as soon as the page was replaced, and counts the requests.
PRESS_AT_ONCE = """
() => {
  window.requests = 0;
  const press = () => setTimeout(() => document.querySelector("[data-key=k]").click());
  document.addEventListener("htmx:afterSwap", press, { once: true });
  document.addEventListener("htmx:afterRequest", () => { window.requests += 1 });
}
"""
NINE_SECONDS = """
SELECT clock_timestamp() >= undo_until - interval '1 second'
FROM submissions_submission WHERE id = %s
"""


class Desk:
    """One moderator's window on the queue, and how many keys were pressed."""

    def __init__(self, page: Page, competition: int) -> None:
        self.page, self.keys = page, 0
        page.goto(f"{QUEUE}?competition={competition}")
        page.get_by_role("link", name="Start with the first").click()
        page.wait_for_selector(".entry-review")
        page.evaluate("() => { window.isTheSamePage = true }")

    @property
    def entry(self) -> str:
        """The entry that is shown; '' once the queue is empty."""
        shown = self.page.locator(".entry-review")
        return shown.get_attribute("data-entry") or "" if shown.count() else ""

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.keys += len(keys)

    def wait_for_another(self, entry: str) -> None:
        self.page.wait_for_function(MOVED_ON, arg=entry)

    def undo(self, decided: str) -> None:
        """Take the last decision back: its entry is shown again."""
        self.press("u")
        expect(self.page.locator(".entry-review")).to_have_attribute(
            "data-entry", decided
        )


@contextmanager
def desk_of(browser: Browser, stack: Stack, session: str) -> Iterator[Page]:
    """A moderator's window, of which nothing is complained about."""
    context = browser.new_context(base_url=stack.base_url, viewport=DESKTOP)
    cookie = {"name": "sessionid", "value": session, "url": stack.base_url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    witness = Witness(context)
    yield context.new_page()
    assert witness.complaints == []
    context.close()


def filled(stack: Stack, people: People, count: int, slug: str = "queue") -> int:
    """The competition of this name, with so many more entries in review."""
    tokens = []
    for first in range(0, count, BATCH):
        artist = Participant(stack, people.next_guest())
        tokens += [
            artist.token(slug, photograph(1000 + number), title=f"Room {number}")
            for number in range(first, min(first + BATCH, count))
        ]
        for token in tokens[first:]:
            assert artist.checked(token)["state"] == "pending"
        artist.client.close()
    key = "SELECT id FROM competitions_competition WHERE slug = %s"
    ((competition,),) = stack.sql(key, slug)
    return int(competition)


@pytest.mark.parametrize(
    ("count", "is_patient"), [(10, False), pytest.param(100, True, marks=SOAK)]
)
def test_two_moderators_decide_by_keyboard_and_no_entry_twice(
    browser: Browser, stack: Stack, people: People, count: int, is_patient: bool
) -> None:
    competition = filled(stack, people, count)
    with ExitStack() as windows:
        desks = [
            Desk(
                windows.enter_context(desk_of(browser, stack, people.staff[person])),
                competition,
            )
            for person in REVIEWERS
        ]
        undone = undo_once(desks[0], stack, is_patient)
        rejected = empty(desks, count)
        assert sum(desk.keys for desk in desks) == count + rejected + len("au")
        for desk in desks:
            expect(desk.page.locator("h1")).to_have_text("Entries to review")
            assert desk.page.evaluate("() => window.isTheSamePage")
    decided = [key for (key,) in stack.sql(DECISIONS, competition)]
    assert len(decided) == count + 1
    assert len(set(decided)) == count
    assert decided.count(undone) == 2
    outcomes = [("approved", count - rejected), ("rejected", rejected)]
    rows = stack.sql(OUTCOMES, competition)
    assert [row[:2] for row in rows] == outcomes
    assert rows[0][2] == len(REVIEWERS)
    # One mail for each entry, also for the one that was decided twice.
    mails = stack.sql(MAILS, competition)
    assert mails == [(state, number, number) for state, number in outcomes]


def undo_once(desk: Desk, stack: Stack, is_patient: bool) -> int:
    """Approve an entry and take it back, in the last of the ten seconds if patient."""
    entry = desk.entry
    desk.press("a")
    desk.wait_for_another(entry)
    if is_patient:
        until("nine seconds pass", lambda: stack.sql(NINE_SECONDS, entry) == [(True,)])
    desk.undo(entry)
    state = "SELECT state FROM submissions_submission WHERE id = %s"
    assert stack.sql(state, entry) == [("pending",)]
    mails = "SELECT count(*) FROM core_mail WHERE about = %s AND not_before IS NOT NULL"
    assert stack.sql(mails, entry) == [(0,)]
    return int(entry)


def empty(desks: list[Desk], count: int) -> int:
    """Both decide at once until nothing is left; how many entries were rejected."""
    decided = rejected = 0
    while any(entries := [desk.entry for desk in desks]):
        assert len(set(filter(None, entries))) == len(list(filter(None, entries)))
        for desk, entry in zip(desks, entries, strict=True):
            if not entry:
                continue
            decided += 1
            is_no = decided % REJECTED_EVERY == 0
            rejected += is_no
            desk.press(*("rq" if is_no else "a"))
        for desk, entry in zip(desks, entries, strict=True):
            desk.wait_for_another(entry) if entry else None
    assert decided == count
    return rejected


@pytest.fixture
def in_review(
    browser: Browser, stack: Stack, people: People
) -> Iterator[tuple[Page, str]]:
    """A moderator's window, and the queue of a competition in it."""
    competition = filled(stack, people, 2, "keys")
    with desk_of(browser, stack, people.staff[REVIEWERS[0]]) as page:
        yield page, f"{QUEUE}?competition={competition}"
    states = (
        "SELECT DISTINCT state FROM submissions_submission WHERE competition_id = %s"
    )
    assert stack.sql(states, competition) == [("pending",)]


def test_keys_move_and_choose_in_the_grid_and_are_letters_where_one_types(
    in_review: tuple[Page, str],
) -> None:
    page, queue = in_review
    page.goto(queue)
    keys, cards = page.keyboard, page.locator(".queue-card")
    first = cards.nth(0).get_by_role("link")
    for key in "jx":
        keys.press(key)
    expect(first).to_be_focused()
    expect(cards.nth(0).get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    keys.press("j")
    expect(cards.nth(1).get_by_role("link")).to_be_focused()
    keys.press("k")
    expect(first).to_be_focused()
    keys.press("/")
    keys.type("Room a j?")
    expect(page.get_by_role("searchbox")).to_have_value("Room a j?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_what_is_pressed_as_the_next_entry_appears_does_not_load_the_page_whole(
    in_review: tuple[Page, str],
) -> None:
    page, queue = in_review
    page.goto(queue)
    page.get_by_role("link", name="Start with the first").click()
    shown = page.locator(".entry-review")
    first = shown.get_attribute("data-entry") or ""
    page.evaluate(PRESS_AT_ONCE)
    page.keyboard.press("j")
    page.wait_for_function("() => window.requests === 2")
    expect(shown).to_have_attribute("data-entry", first)


def test_keys_can_be_switched_off_and_the_device_remembers_it(
    in_review: tuple[Page, str],
) -> None:
    page, queue = in_review
    page.goto(queue)
    keys, switch = page.keyboard, page.get_by_label("Use these shortcuts")
    keys.press("?")
    switch.uncheck()
    keys.press("Escape")
    page.get_by_role("link", name="Start with the first").click()
    page.wait_for_selector(".entry-review")
    page.reload()
    page.wait_for_selector("html[data-keys=off]")
    keys.press("a")
    page.get_by_role("button", name="Shortcuts").click()
    switch.check()
    page.get_by_role("button", name="Close").click()
    # The key that was off has decided nothing.
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    keys.press("z")
    expect(page.locator("[data-zoomed]")).to_have_count(1)
    keys.press("r")
    note = page.get_by_label("Note to the artist")
    note.press_sequentially("a t q")
    expect(note).to_have_value("a t q")


@pytest.mark.parametrize("details", ["Reject…", "Request changes…"])
def test_what_was_written_to_the_artist_is_not_lost_without_a_question(
    in_review: tuple[Page, str], details: str
) -> None:
    page, queue = in_review
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(queue)
    page.get_by_role("link", name="Start with the first").click()
    shown = page.locator(".entry-review")
    first = shown.get_attribute("data-entry") or ""
    # Nothing was written: the pages are left.
    page.keyboard.press("j")
    expect(shown).not_to_have_attribute("data-entry", first)
    page.keyboard.press("k")
    expect(shown).to_have_attribute("data-entry", first)
    assert asked == []
    page.get_by_text(details).click()
    words = page.locator("details[open] textarea")
    words.fill("Crop the frame.")
    page.locator("h1").click()
    for key in "jka":
        page.keyboard.press(key)
    for name in ("Next", "Before", "Queue"):
        page.locator(".entry-nav").get_by_role("link", name=name).click()
    assert asked == ["confirm"] * 6
    page.get_by_role("link", name="Home").click()
    assert asked.pop() == "beforeunload"
    expect(words).to_have_value("Crop the frame.")
    expect(shown).to_have_attribute("data-entry", first)
    page.remove_listener("dialog", stay)
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("j")
    expect(shown).not_to_have_attribute("data-entry", first)
