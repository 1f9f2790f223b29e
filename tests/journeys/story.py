"""The people of a story, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, FilePayload, Page

from tests.browser import DESKTOP, PHONE, Witness
from tests.journeys.stack import Stack, told, until

ALICE, NOOR, DAN = "alice@example.org", "noor@example.org", "sponsor@example.org"
CAROL, BOB = "organizer@example.org", "moderator@example.org"
ADA = "admin@example.org"

# Chromium without a window names itself in both, and programs are no visitors.
A_PERSONS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)
BRAND = {"Sec-CH-UA": '"Chromium";v="140"'}
BROWSERS: dict[str, dict[str, Any]] = {
    "Alice": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "Noor": {"java_script_enabled": False},
}


@contextmanager
def step(title: str) -> Iterator[None]:
    """A step of the story; its title stands in the report when it fails."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the step “{title}”")
        raise


@dataclass
class Story:
    """The people's browsers, and what they hold in their hands by now."""

    browser: Browser
    stack: Stack
    witnesses: list[Witness] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def page_of(self, person: str) -> Page:
        """The person's browser; it stays open from step to step."""
        if person not in self.pages:
            self.pages[person] = self.new_page(**BROWSERS.get(person, {}))
        return self.pages[person]

    def new_page(self, **options: Any) -> Page:
        """The browser of somebody unknown."""
        context = self.browser.new_context(
            base_url=self.stack.base_url,
            extra_http_headers=BRAND,
            **{"viewport": DESKTOP, "user_agent": A_PERSONS, **options},
        )
        context.set_default_timeout(15_000)
        self.witnesses.append(Witness(context))
        return context.new_page()

    @property
    def complaints(self) -> list[str]:
        """What any of the pages has complained about."""
        return [said for one in self.witnesses for said in one.complaints]

    def row(self, query: str, *values: object) -> Any:
        """The only row of a query."""
        (row,) = self.stack.sql(query, *values)
        return row

    def state(self, slug: str) -> str:
        """The state of a competition."""
        query = "SELECT state FROM competitions_competition WHERE slug = %s"
        return str(self.row(query, slug)[0])

    def mail(self, to: str, subject: str) -> str:
        """The only mail with this subject, once it has come."""
        (mail,) = until(subject, lambda: self.stack.mails(to, subject))
        return told(mail)

    def close(self) -> None:
        """Close every browser."""
        for witness in self.witnesses:
            witness.context.close()


def picture(name: str, data: bytes) -> FilePayload:
    """A file to choose in a form."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}
