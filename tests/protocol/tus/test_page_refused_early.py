"""A browser shows the refusal of a large file that came before the file's end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from competitions.models import Competition
from competitions.workflow import cancel
from submissions.models import Submission
from submissions.receipts.workflow import withdraw
from tests.factories import organizer_of
from tests.protocol.raw.sending import take_ticket
from tests.protocol.tus.browsing import MEBIBYTE, Chromium, fill, needs_chromium, work
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.world import contest
from tests.races.tools import crowd, outcome

pytestmark = [*needs_chromium, pytest.mark.trial]

# More than the buffers of both systems hold together.
SIZE = 50 * MEBIBYTE


def nothing(place: Competition) -> None:
    """The size of the file is refused."""


def cancelled(place: Competition) -> None:
    cancel(place, reason="The roof leaks.", by=organizer_of(place))


def withdrawn(place: Competition) -> None:
    entry = Submission.objects.get()
    withdraw(entry, by=entry.participant)


def do(act: Callable[[Competition], None], place: Competition) -> None:
    """Act while the page is open, in a thread that may use the database."""
    with crowd() as people:
        assert outcome(people.start(partial(act, place))) is None


def answer_to_form(
    browser: Chromium, ada: Sender, place: Competition, file: Path, prepare: Any
) -> str:
    """What the window shows after a form with the file was sent without JavaScript."""

    def steps(page: Any) -> str:
        fill(page, file)
        prepare(page)
        with page.expect_navigation():
            page.locator("form:has([type=file]) [type=submit]").first.click()
        return str(page.locator("main").inner_text())

    path = f"/competitions/{place.slug}/enter/"
    return browser.visit(ada, path, steps, java_script_enabled=False)[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return work(tmp_path, SIZE)[0]


@pytest.mark.parametrize(
    ("act", "megabytes", "sentence"),
    [
        (nothing, 10, "the limit here is 10"),
        (cancelled, 60, "does not take entries now"),
    ],
)
def test_a_form_shows_the_refusal_of_its_file(
    act: Any, megabytes: int, sentence: str, browser: Any, ada: Sender, file: Path
) -> None:
    place = contest(max_megabytes=megabytes)
    shown = answer_to_form(browser, ada, place, file, lambda _page: do(act, place))
    assert sentence in shown


@pytest.mark.parametrize(
    ("cookie", "sentence"), [("csrftoken", "form"), ("sessionid", "Sign in")]
)
def test_a_form_shows_the_refusal_of_its_cookies(
    cookie: str, sentence: str, browser: Any, ada: Sender, file: Path
) -> None:
    def prepare(page: Any) -> None:
        page.context.clear_cookies(name=cookie)

    shown = answer_to_form(browser, ada, contest(), file, prepare)
    assert sentence in shown


def test_a_form_shows_the_refusal_of_its_key(
    browser: Any, ada: Sender, file: Path
) -> None:
    elsewhere = contest()

    def prepare(page: Any) -> None:
        key = page.locator("[name=idempotency_key]").get_attribute("value")
        take_ticket(ada, elsewhere, idempotency_key=key)

    shown = answer_to_form(browser, ada, contest(), file, prepare)
    assert "sent before in another competition" in shown


PUT = """async ([path, size]) => {
  const body = new Blob([new Uint8Array(size).fill(255)]);
  const answer = await fetch(path, { method: "PUT", body });
  return [answer.status, (await answer.json()).type.split(":").pop()];
}"""


@pytest.mark.parametrize(
    ("act", "megabytes", "refusal"),
    [
        (nothing, 10, [413, "upload_too_large"]),
        (cancelled, 60, [410, "upload_over"]),
        (withdrawn, 60, [410, "upload_over"]),
    ],
)
def test_a_script_reads_the_refusal(
    act: Any, megabytes: int, refusal: list[Any], browser: Any, ada: Sender
) -> None:
    place = contest(max_megabytes=megabytes)
    upload = take_ticket(ada, place)

    def steps(page: Any) -> Any:
        do(act, place)
        return page.evaluate(PUT, [upload, SIZE])

    assert browser.visit(ada, place.get_absolute_url(), steps)[0] == refusal
