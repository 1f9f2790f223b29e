"""A browser for the entry page, in a thread of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Error, Page

from tests.browser import Witness, chromium, running_browser
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.world import CSRF, JPEG_HEAD

MEBIBYTE = 1024 * 1024
PATIENCE_MS = 120_000
PROGRAM = chromium()
T = TypeVar("T")

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium; set CHROMIUM"),
]


class Chromium:
    """Steps run where Playwright lives: Django takes that thread for asynchronous."""

    def __init__(self) -> None:
        self._window: Window | None = None
        self._thread = ThreadPoolExecutor(1)
        self._stack = ExitStack()
        self._browser: Browser = self._thread.submit(self._start).result()

    def _start(self) -> Browser:
        return self._stack.enter_context(running_browser(PROGRAM or ""))

    def close(self) -> None:
        self._thread.submit(self._stack.close).result()
        self._thread.shutdown()

    def visit(
        self, sender: Sender, place: str, steps: Callable[[Page], T], **options: Any
    ) -> tuple[T, list[str]]:
        """Go to a place as ``sender``; what the steps return, and what complained.

        All visits share one window, which costs a second to open. Those with options,
        or with any that a window keeps (``fresh``), get one of their own.
        """
        return self._thread.submit(self._visit, sender, place, steps, options).result()

    def _visit(
        self,
        sender: Sender,
        place: str,
        steps: Callable[[Page], T],
        options: dict[str, Any],
    ) -> tuple[T, list[str]]:
        is_own = bool(options)
        options.pop("fresh", None)
        window = self._window
        if is_own or window is None:
            window = Window(self._browser.new_context(**options))
        # Only a window that was left in order is used again.
        self._window = self._window if is_own else None
        try:
            found = window.visit(sender, place, steps)
            if not is_own:
                window.leave()
                self._window = window
            return found
        finally:
            if self._window is not window:
                window.context.close()


class Window:
    """A tab in a context of its own, and who watches it."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.witness = Witness(context)
        self.page = context.new_page()
        # Ends a test that hangs; a busy machine takes its time.
        self.page.set_default_timeout(PATIENCE_MS)

    def visit(
        self, sender: Sender, place: str, steps: Callable[[Page], T]
    ) -> tuple[T, list[str]]:
        session = sender.cookies.split(";")[0].partition("=")[2]
        for name, value in {"sessionid": session, "csrftoken": CSRF}.items():
            cookie = {"name": name, "value": value, "url": sender.url}
            self.context.add_cookies([cookie])  # type: ignore[list-item]
        self.witness.complaints.clear()
        self.page.goto(sender.url + place)
        return steps(self.page), list(self.witness.complaints)

    def leave(self) -> None:
        """Nothing of a visit is left: a site's port gives it a storage of its own."""
        self.page.unroute_all(behavior="ignoreErrors")
        while Line.opened:
            # Those of other windows have ended with them.
            with suppress(Error):
                Line.opened.pop().detach()
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.page.set_viewport_size({"width": 1280, "height": 720})
        self.page.emulate_media(color_scheme="null", reduced_motion="null")


def work(folder: Path, size: int = 8 * MEBIBYTE) -> tuple[Path, bytes]:
    """A file that begins like a picture, and its bytes."""
    folder.mkdir(exist_ok=True)
    data = JPEG_HEAD + os.urandom(size - len(JPEG_HEAD))
    path = folder / "work.jpg"
    path.write_bytes(data)
    return path, data


def fill(page: Page, path: Path, title: str = "Dusk") -> None:
    page.get_by_label("Title").fill(title)
    page.locator("[name=accept_rules]").check()
    page.locator("input[type=file]").set_input_files(path)


def send(page: Page) -> None:
    page.locator("[data-enter-send]").click()


def wait_for_bytes(page: Page) -> None:
    """Until a mebibyte is on its way."""
    page.get_by_text("Sending. If the line breaks").wait_for()
    page.get_by_text(re.compile(r"^\s*[1-9][.\d]* MB of")).wait_for()


class Line:
    """The page's line to the site."""

    opened: ClassVar[list[CDPSession]] = []

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self.opened.append(self._session)
        self._session.send("Network.enable")

    def limit(self, bytes_a_second: int) -> None:
        """Send so fast at most; -1 for as fast as it can."""
        self._set(offline=False, speed=bytes_a_second)

    def cut(self) -> None:
        self._set(offline=True, speed=-1)

    def restore(self) -> None:
        self.limit(-1)

    def _set(self, *, offline: bool, speed: int) -> None:
        self._session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": offline,
                "latency": 0,
                "downloadThroughput": -1,
                "uploadThroughput": speed,
            },
        )
