"""Every page, on phone and desktop, in light and dark: axe, console, policy, width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser import (
    DESKTOP,
    LONG_WORD,
    NARROWEST,
    PHONE,
    Witness,
    axe_source,
    break_pictures,
    lengthen_words,
    too_wide,
    violations,
)
from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.places import PAGES, ROWS, row_address
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

Look = tuple[ViewportSize, Literal["light", "dark"]]
LOOKS: tuple[Look, ...] = (
    (PHONE, "light"),
    (DESKTOP, "dark"),
    (PHONE, "dark"),
    (DESKTOP, "light"),
)
SOAK = (pytest.mark.trial, pytest.mark.soak)
RUBBISH = b"\xff\xd8\xff\xe0" + bytes(999)

PLACES = [(person, place) for person, places in PAGES.items() for place in places]
# Each page in one look, the next page in the next one; `make soak` shows the others.
PAGES_AND_LOOKS = [
    pytest.param(
        person,
        place,
        look,
        id=f"{person}-{place}-{look[0]['width']}-{look[1]}",
        marks=() if turn % 2 == number // 2 % 2 else SOAK,
    )
    for number, (person, place) in enumerate(PLACES)
    for turn, look in enumerate(LOOKS)
    if number % 2 == turn // 2
]


@dataclass
class Windows:
    """One window for each person, kept open for the whole module."""

    browser: Browser
    base_url: str
    sessions: dict[str, str]
    opened: dict[str, tuple[Page, Witness]] = field(default_factory=dict)

    def look(self, person: str, place: str) -> tuple[Page, Witness]:
        """The page at the place, on the narrowest screen, and what watched it."""
        if person not in self.opened:
            context = self._context(person)
            self.opened[person] = context.new_page(), Witness(context)
        page, witness = self.opened[person]
        witness.complaints.clear()
        page.set_viewport_size(NARROWEST)
        page.goto(place)
        page.wait_for_load_state("load")
        return page, witness

    def _context(self, person: str) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.base_url, viewport=PHONE, reduced_motion="reduce"
        )
        if person:
            cookie = {"name": "sessionid", "value": self.sessions[person]}
            context.add_cookies([{**cookie, "url": self.base_url}])  # type: ignore[typeddict-item]
        return context


@pytest.fixture(scope="module")
def artist(stack: Stack, people: People) -> Iterator[Participant]:
    participant = Participant(stack, people.next_guest())
    yield participant
    participant.client.close()


@pytest.fixture(scope="module")
def places(stack: Stack, artist: Participant) -> dict[str, str]:
    """Entries in every state, a winner, a campaign; and where they are seen."""
    # The same file again would lead to its receipt.
    photos = [photograph(seed, size=(1000, 700)) for seed in (9, 10, 11)]
    tokens = {
        name: artist.token("hall", photo, title=f"Room {name}", category="rooms")
        for name, photo in zip(("approved", "rejected", "pending"), photos, strict=True)
    }
    tokens["quarantined"] = artist.token("faults", RUBBISH, title="Room of nothing")
    winner = artist.token("decided", photos[0], title="The winner", category="rooms")
    disputed = {
        name: artist.token("faults", photograph(seed, size=(800, 600)), title=name)
        for name, seed in (("proposed", 12), ("appealed", 13))
    }
    for token in (*tokens.values(), *disputed.values(), winner):
        artist.checked(token)
    stack.seed("dispute", *disputed.values())
    stack.seed("decide", "hall", tokens["approved"], tokens["rejected"])
    entry = stack.seed("decide", "decided", winner)["entry"]
    return {
        **{name: row_address(stack, name) for name in ROWS},
        **{name: f"/receipts/{token}/" for name, token in tokens.items()},
        "entry": entry,
        **desk_addresses(stack, tokens["pending"]),
        "accepted_entry": desk_addresses(stack, tokens["approved"])["submission"],
        **{
            f"{name}_entry": desk_addresses(stack, token)["submission"]
            for name, token in disputed.items()
        },
    }


def desk_addresses(stack: Stack, token: str) -> dict[str, str]:
    ((submission, competition),) = stack.sql(
        "SELECT id, competition_id FROM submissions_submission WHERE token = %s", token
    )
    return {
        "submission": f"/admin/submissions/submission/{submission}/",
        "competition": f"/admin/competitions/competition/{competition}/",
    }


@pytest.fixture(scope="module")
def windows(
    browser: Browser, stack: Stack, people: People, artist: Participant
) -> Windows:
    sessions = {**people.staff, "artist": artist.session}
    return Windows(browser, stack.base_url, sessions)


@pytest.mark.parametrize(("person", "place", "look"), PAGES_AND_LOOKS)
def test_a_page_is_for_everybody(
    windows: Windows,
    places: dict[str, str],
    person: str,
    place: str,
    look: Look,
) -> None:
    address = place.format(**places)
    page, witness = windows.look(person, address)
    assert page.url.endswith(address)
    assert page.locator("h1").count() == 1
    assert witness.complaints == []
    assert too_wide(page) == []
    assert found_by_axe(page, (look,)) == []
    page.set_viewport_size(NARROWEST)
    lengthen_words(page)
    assert too_wide(page) == []
    break_pictures(page)
    for size in (NARROWEST, PHONE):
        page.set_viewport_size(size)
        assert too_wide(page) == []


def found_by_axe(page: Page, looks: tuple[Look, ...]) -> list[str]:
    """What axe finds on each device, in its color."""
    axe = axe_source()
    if axe is None:
        pytest.skip("all but axe was checked; for axe-core set AXE_PATH")
    found = []
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        where = f"{size['width']} px, {scheme}"
        found += [f"{where}: {line}" for line in violations(page, axe)]
    return found


@pytest.mark.parametrize("act", ["approve_selected", "reject_selected"])
def test_a_question_about_many_entries_is_for_everybody(
    windows: Windows, places: dict[str, str], act: str
) -> None:
    """It shows the mails; nothing is decided here."""
    address = "/admin/submissions/submission/"
    page, witness = windows.look("moderator@example.org", address)
    row = page.locator("#result_list tr", has_text="Room pending")
    row.locator(".action-select").check()
    page.select_option("[name=action]", act)
    with page.expect_navigation():
        page.locator("button[name=index]").click()
    if act == "reject_selected":
        page.locator("[name=code]").first.check()
        with page.expect_navigation():
            page.get_by_role("button", name="Read the mails").click()
    expect(page.get_by_text("Room pending").first).to_be_visible()
    expect(page.get_by_role("heading", name="1 mail")).to_be_visible()
    assert witness.complaints == []
    for size in (NARROWEST, PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert too_wide(page) == []
    assert found_by_axe(page, LOOKS) == []


def test_a_refused_form_is_for_everybody(
    windows: Windows, places: dict[str, str]
) -> None:
    page, _witness = windows.look("artist", "/competitions/wide-open/enter/")
    page.evaluate("() => { document.querySelector('form.enter').noValidate = true }")
    page.get_by_role("button", name="Send my entry").click()
    page.wait_for_load_state("load")
    expect(page.get_by_role("alert")).to_be_focused()
    assert found_by_axe(page, LOOKS) == []


LISTS = {
    "organizer@example.org": (
        "/admin/competitions/competition/",
        "/admin/submissions/submission/?queue=all",
        "/admin/submissions/award/",
        "/admin/reasons/reason/",
        "/admin/campaigns/campaign/",
    ),
    "admin@example.org": (
        "/admin/core/mail/",
        "/admin/accounts/user/",
        "/admin/account/emailaddress/",
    ),
}
UNNAMED = """() => [...document.querySelectorAll("#result_list td[data-label]")]
  .filter((one) => getComputedStyle(one, "::before").content === "none").length"""


@pytest.mark.parametrize("person", LISTS)
def test_a_list_fits_a_phone_and_names_its_columns(
    windows: Windows, places: dict[str, str], person: str
) -> None:
    for address in LISTS[person]:
        page, witness = windows.look(person, address)
        for size in (NARROWEST, PHONE):
            page.set_viewport_size(size)
            frame = page.locator(".results")
            assert frame.evaluate("one => one.scrollWidth - one.clientWidth") == 0
            assert too_wide(page) == []
        if "submission/" not in address:
            assert page.locator("#result_list td[data-label]").count()
            assert page.evaluate(UNNAMED) == 0
        page.set_viewport_size(DESKTOP)
        assert page.locator("#result_list thead th").first.is_visible() or (
            "submission/" in address
        )
        assert witness.complaints == []


def test_the_numbers_of_a_sponsor_fit_a_phone(
    windows: Windows, places: dict[str, str]
) -> None:
    page, witness = windows.look("sponsor@example.org", "/campaigns/")
    for size in (NARROWEST, PHONE):
        page.set_viewport_size(size)
        frame = page.locator(".table-frame")
        assert frame.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    assert witness.complaints == []


def test_a_form_that_comes_too_late_is_for_everybody(
    windows: Windows, places: dict[str, str], tmp_path: Path
) -> None:
    """Without JavaScript, after the competition was stopped: the words stay."""
    page, _witness = windows.look("artist", "/competitions/wide-open/enter/")
    page.evaluate(
        """() => { const form = document.querySelector("form.enter");
        form.action = form.action.replace("wide-open", "stopped"); }"""
    )
    picture = tmp_path / "dusk.jpg"
    picture.write_bytes(photograph(21, size=(600, 400)))
    page.get_by_label("Title").fill("Dusk, too late")
    page.get_by_label("Description").fill(LONG_WORD)
    page.get_by_label("Picture").set_input_files(picture)
    page.get_by_label("I made this work").check()
    with page.expect_navigation():
        page.evaluate("() => document.querySelector('form.enter').submit()")
    expect(page.get_by_role("alert")).to_contain_text("409")
    expect(page.get_by_text("Dusk, too late")).to_be_visible()
    for size in (NARROWEST, PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert too_wide(page) == []
    assert found_by_axe(page, LOOKS) == []
