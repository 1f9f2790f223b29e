"""The staff desk and the sign-in page as people use them in a browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.journeys.stack import PASSWORD


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Through the ordinary form, wherever it is shown."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    press(page.get_by_role("button", name="Sign in", exact=True))


def press(target: Locator) -> None:
    """Press what leads to another page, and wait for that page.

    The page before may show the same words, and cannot be reloaded while it is left.
    """
    with target.page.expect_navigation():
        target.click()


def fill_moment(page: Page, field: str, moment: datetime) -> None:
    """Date and time, as the desk asks for them."""
    page.fill(f"[name={field}_0]", f"{moment:%Y-%m-%d}")
    page.fill(f"[name={field}_1]", f"{moment:%H:%M:%S}")


def save(page: Page) -> None:
    """Save and stay."""
    press(page.get_by_role("button", name="Save and continue editing"))
    expect(page.locator(".messagelist .success")).to_be_visible()


def do(page: Page, verb: str, answer: str = ".success", **words: str) -> str:
    """Press a verb, say why where it asks, confirm; what the desk answers."""
    press(page.locator(".object-tools").get_by_role("link", name=verb, exact=True))
    for name, text in words.items():
        page.locator(f"[name={name}]").fill(text)
    press(page.get_by_role("button", name=verb, exact=True))
    return message(page, answer)


def missing(page: Page, verb: str) -> list[str]:
    """What the page of an impossible step says is missing; the page before is back."""
    press(page.locator(".object-tools").get_by_role("link", name=verb, exact=True))
    expect(page.get_by_role("heading", name="What is missing")).to_be_visible()
    expect(page.get_by_role("button", name=verb, exact=True)).to_have_count(0)
    points = page.locator(".points [data-blocks]").all_inner_texts()
    press(page.get_by_role("link", name="Go back"))
    return [point.removeprefix("Before that:").strip() for point in points]


def reject(page: Page, note: str) -> None:
    """Press the verb of an entry, and give a reason of one's own."""
    tools = page.locator(".object-tools")
    press(tools.get_by_role("link", name="Reject", exact=True))
    give_reason(page, note)
    press(page.get_by_role("button", name="Reject", exact=True))
    message(page, ".success")


def give_reason(page: Page, note: str) -> None:
    page.get_by_label("Another reason, as in the note").check()
    page.fill("[name=note]", note)


def message(page: Page, answer: str) -> str:
    """The desk's one message of a kind: `.success` or `.error`."""
    told = page.locator(f".messagelist {answer}")
    expect(told).to_have_count(1)
    return told.inner_text()


def post_by_hand(page: Page, address: str) -> None:
    """Send a verb's form without having been offered its button."""
    cookies: Any = page.context.cookies()
    token = next(one["value"] for one in cookies if one["name"] == "csrftoken")
    page.context.request.post(
        address,
        form={"csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
        max_redirects=0,
    )


def add_row(page: Page, prefix: str, label: str, **words: str) -> None:
    """One more category or prize below a competition."""
    rows = page.locator(f"[id^={prefix}-].dynamic-{prefix}")
    number = rows.count()
    page.get_by_role("button", name=f"Add another {label}").click()
    for name, text in words.items():
        page.fill(f"[name={prefix}-{number}-{name}]", text)


class Clicks:
    """Clicks of one person, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.made = page, 0

    def on(self, target: Locator) -> None:
        """What leads to another page."""
        press(target)
        self.made += 1

    def within(self, target: Locator) -> None:
        """What changes this page, or is downloaded."""
        target.click()
        self.made += 1

    def link(self, name: str, within: str = "body") -> None:
        links = self.page.locator(within).get_by_role("link", name=name, exact=True)
        self.on(links.first)

    def button(self, name: str) -> None:
        self.on(self.page.get_by_role("button", name=name, exact=True))
