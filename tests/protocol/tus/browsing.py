"""A browser for the entry page, in a thread of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page

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
        """Go to a place as ``sender``; what the steps return, and what complained."""
        return self._thread.submit(self._visit, sender, place, steps, options).result()

    def _visit(
        self,
        sender: Sender,
        place: str,
        steps: Callable[[Page], T],
        options: dict[str, Any],
    ) -> tuple[T, list[str]]:
        context = self._browser.new_context(base_url=sender.url, **options)
        session = sender.cookies.split(";")[0].partition("=")[2]
        for name, value in {"sessionid": session, "csrftoken": CSRF}.items():
            context.add_cookies([{"name": name, "value": value, "url": sender.url}])
        witness = Witness(context)
        try:
            page = context.new_page()
            # Ends a test that hangs; a busy machine takes its time.
            page.set_default_timeout(PATIENCE_MS)
            page.goto(place)
            return steps(page), witness.complaints
        finally:
            context.close()


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

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
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
