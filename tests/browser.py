"""The system's Chromium, and a witness of what goes wrong while a page is shown."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

# Milliseconds: as long as Playwright waits for actions, on a machine with much to do.
expect.set_options(timeout=30_000)

ROOT = Path(__file__).resolve().parents[1]
# The shell is Chromium without what draws windows: a page takes a quarter of the time.
PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

AXE = """async (standards) => {
  // A color on its way to another one is nobody's color.
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  const found = await axe.run(document, {
    // Reading all style sheets anew serves one rule, against locked orientations.
    preload: false,
    runOnly: {type: "tag", values: standards}, resultTypes: ["violations"]});
  return found.violations.map(
    (rule) => `${rule.id}: ` + rule.nodes.map(
      (node) => `${node.target} ${node.any[0]?.message ?? ""}`).join("; "));
}"""
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 400) {
    window.scrollTo(0, y);
    await new Promise((done) => requestAnimationFrame(done));
  }
  window.scrollTo(0, 0);
  const pictures = [...document.images].filter((picture) => picture.currentSrc);
  await Promise.all(pictures.map((picture) => picture.decode().catch(() => null)));
}"""
OVERFLOW = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => `${one.tagName}.${one.className}`).slice(0, 5)"""
# Columns of tables and drawings keep their words whole, and scroll in a frame.
LONG_WORD = "W" * 160
LENGTHEN = """(word) => {
  for (const one of document.querySelectorAll("bdi, h1, .breadcrumbs, dd, blockquote"))
    if (!one.closest("table, svg, button, select")) one.append(word);
}"""
# A picture that did not come stands as its text, in the size that it was promised.
BREAK = """async (text) => {
  const broken = [...document.images].map((one) => new Promise((done) => {
    one.addEventListener("error", done, {once: true});
    one.closest("picture")?.querySelectorAll("source").forEach((it) => it.remove());
    one.loading = "eager";
    one.alt = text;
    one.removeAttribute("srcset");
    one.src = "/static/none.webp";
  }));
  await Promise.all(broken);
}"""


def chromium() -> str | None:
    """The browser's program: $CHROMIUM, or what the machine calls it."""
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ([named] if named else PROGRAMS))
    return next((path for path in found if path), None)


def axe_source() -> str | None:
    """The text of axe-core: $AXE_PATH, or what npm has installed here."""
    default = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    path = Path(os.environ.get("AXE_PATH") or default)
    return path.read_text() if path.is_file() else None


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """Chromium without a window, ended at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def found_browser() -> Iterator[Browser]:
    """Chromium for a fixture; its tests are skipped where there is none.

    Of a module, not of the session: while Playwright runs, Django takes this thread
    for an asynchronous one and refuses the database to the tests of other folders.
    """
    program = chromium()
    if program is None:
        pytest.skip("needs Chromium; set CHROMIUM to its program")
    with running_browser(program) as browser:
        yield browser


class Witness:
    """Collects what a context's pages complain about: scripts, console, policy.

    An answer of 400 or more to a page's own address is no complaint: refusals are
    pages too.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self._say(f"script: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _say(self, text: str) -> None:
        self.complaints.append(text)

    def _console(self, message: ConsoleMessage) -> None:
        # Bad answers are noted by `_answered`, which knows what was asked for.
        is_answer = message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not is_answer:
            self._say(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it still asks for.
        if request.failure != "net::ERR_ABORTED":
            self._say(f"{request.url}: {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self._say(f"{response.url}: {response.status}")


def scroll_through(page: Page) -> None:
    """Go down the page and back, so that every picture is loaded and decoded."""
    with suppress(Error):
        page.wait_for_load_state("networkidle")
    page.evaluate(SCROLL)


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds against the standards, a line for each rule with its places."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    found: list[str] = page.evaluate(AXE, list(STANDARDS))
    return found


def lengthen_words(page: Page) -> None:
    """Put a word that is wider than the screen where people's own words stand."""
    page.evaluate(LENGTHEN, LONG_WORD)


def break_pictures(page: Page) -> None:
    """Let no picture of the page come, and give each a text of one word."""
    page.evaluate(BREAK, LONG_WORD)


def too_wide(page: Page) -> list[str]:
    """The elements that make the page scroll sideways; none when it does not."""
    measure = "() => document.documentElement.scrollWidth > window.innerWidth"
    return page.evaluate(OVERFLOW) if page.evaluate(measure) else []
