"""Photographs every page of a running demo site, on a phone and on a desktop.

    python docs/screenshots/make.py READY_FILE FOLDER
    python docs/screenshots/make.py READY_FILE

READY_FILE is what `python -m mycenas.embedded run --ready-file READY_FILE` writes.
Without a folder only the few pictures that the documentation shows are made again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

sys.path.append(str(Path(__file__).resolve().parents[2]))

from tests.browser import DESKTOP, PHONE, chromium, running_browser, scroll_through

HERE = Path(__file__).resolve().parent
VIEWPORTS = {"phone": PHONE, "desktop": DESKTOP}
SCHEMES = ("light", "dark")

# What is looked at, by the one who looks.
VISITOR = {
    "home": "/",
    "open": "/competitions/lion-gate-open/",
    "moderation": "/competitions/night-work/",
    "closed": "/competitions/field-notes/",
    "winners": "/competitions/salt-and-light/",
    "gallery": "/competitions/salt-and-light/gallery/",
    "gallery-open": "/competitions/lion-gate-open/gallery/",
    "books": "/competitions/salt-and-light/books/",
    "verify": "/verify/",
    "sign-in": "/accounts/login/",
    "sign-in-code": "/accounts/login/code/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "missing": "/competitions/nothing-here/",
}
ARTIST = {
    "mine": "/me/",
    "enter": "/competitions/lion-gate-open/enter/",
    "enter-closed": "/competitions/night-work/enter/",
    "email": "/accounts/email/",
    "password": "/accounts/password/change/",
    "mfa": "/accounts/2fa/",
    "sign-out": "/accounts/logout/",
}
SPONSOR = {"campaigns": "/campaigns/"}
STAFF = {
    "desk": "/admin/",
    "desk-competitions": "/admin/competitions/competition/",
    "desk-competition-new": "/admin/competitions/competition/add/",
    "desk-entries": "/admin/submissions/submission/",
    "desk-campaigns": "/admin/campaigns/campaign/",
    "desk-awards": "/admin/submissions/award/",
}
# A page, and the first link on it that leads to the page to be shown.
FOLLOWED = {
    "artist": {
        "receipt": ("/me/", ".register-title a"),
        "receipt-withdraw": ("/me/", ".register-title a >> nth=-1"),
        "entry": ("/competitions/salt-and-light/", ".award-link"),
    },
    "organizer": {
        "desk-competition": ("/admin/competitions/competition/", ".field-title a"),
        "desk-overview": (
            "/admin/competitions/competition/",
            ".field-overview_link a",
        ),
        "desk-campaign": ("/admin/campaigns/campaign/", ".field-name a"),
    },
    "moderator": {
        "desk-entry": ("/admin/submissions/submission/", ".field-title a"),
    },
}
PAGES = {
    "": VISITOR,
    "artist": ARTIST,
    "sponsor": SPONSOR,
    "organizer": STAFF,
    "moderator": {"desk-queue": "/admin/submissions/submission/"},
}

# What the documentation shows: who looks, where, in which light.
SHOWN = {
    "home": ("", "/", "light"),
    "winners": ("", "/competitions/salt-and-light/", "dark"),
    "queue": ("moderator", "/admin/submissions/submission/", "light"),
}
SHOWN_SCREEN: ViewportSize = {"width": 1280, "height": 1120}
SHOWN_WIDTH = 1000


class Photographer:
    """Takes pictures of one site into one folder."""

    def __init__(self, browser: Browser, facts: dict[str, Any], folder: Path) -> None:
        """`facts` is the content of the ready file."""
        self._browser = browser
        self._site: str = facts["base_url"]
        self._password: str = facts["demo_password"]
        self._folder = folder

    def work(self) -> Iterator[Path]:
        """Every page of every person, as PNG files."""
        for person, pages in PAGES.items():
            state = self._sign_in(person) if person else None
            for viewport in VIEWPORTS:
                for scheme in SCHEMES:
                    context = self._context(viewport, scheme, state)
                    suffix = f"{viewport}-{scheme}"
                    yield from self._shots(context, person, pages, suffix)
                    context.close()

    def show(self) -> Iterator[Path]:
        """The pictures of the documentation: one screen each, few colors."""
        for name, (person, address, scheme) in SHOWN.items():
            state = self._sign_in(person) if person else None
            context = self._context("desktop", scheme, state)
            page = context.new_page()
            page.set_viewport_size(SHOWN_SCREEN)
            page.goto(address)
            path = self._shoot(page, name, full_page=False)
            context.close()
            reduce(path)
            yield path

    def _context(self, viewport: str, scheme: Any, state: Any) -> BrowserContext:
        return self._browser.new_context(
            base_url=self._site,
            viewport=VIEWPORTS[viewport],
            device_scale_factor=1,
            color_scheme=scheme,
            reduced_motion="reduce",
            storage_state=state,
        )

    def _sign_in(self, person: str) -> Any:
        context = self._browser.new_context(base_url=self._site)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{person}@example.org")
        page.fill("input[name=password]", self._password)
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        state = context.storage_state()
        context.close()
        return state

    def _shots(
        self, context: BrowserContext, person: str, pages: dict[str, str], suffix: str
    ) -> Iterator[Path]:
        page = context.new_page()
        for name, address in pages.items():
            page.goto(address)
            yield self._shoot(page, f"{name}-{suffix}")
        for name, (address, link) in FOLLOWED.get(person, {}).items():
            page.goto(address)
            with page.expect_navigation():
                page.locator(link).first.click()
            yield self._shoot(page, f"{name}-{suffix}")

    def _shoot(self, page: Page, name: str, *, full_page: bool = True) -> Path:
        scroll_through(page)
        path = self._folder / f"{name}.png"
        page.screenshot(path=path, full_page=full_page)
        return path


def reduce(path: Path) -> None:
    """Make a picture small enough for the repository."""
    with Image.open(path) as image:
        height = image.height * SHOWN_WIDTH // image.width
        small = image.convert("RGB").resize((SHOWN_WIDTH, height))
    # Octrees keep the rare colors, such as that of the mark.
    palette = small.quantize(256, Image.Quantize.FASTOCTREE)
    small.quantize(palette=palette).save(path, optimize=True)


def main(ready_file: str, folder: str = "") -> None:
    """Read the addresses, take the pictures, say where they are."""
    program = chromium()
    if program is None:
        sys.exit("There is no Chromium here; set CHROMIUM to its program.")
    target = Path(folder) if folder else HERE
    target.mkdir(parents=True, exist_ok=True)
    facts = json.loads(Path(ready_file).read_text())
    with running_browser(program) as browser:
        photographer = Photographer(browser, facts, target)
        for path in photographer.work() if folder else photographer.show():
            sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
