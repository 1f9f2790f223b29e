"""The entry page in a browser: it takes a ticket and sends the file in pieces."""

from __future__ import annotations

import hashlib

import pytest

from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.protocol.tus.browsing import (
    MEBIBYTE,
    Line,
    fill,
    needs_chromium,
    send,
    wait_for_bytes,
    work,
)
from tests.protocol.tus.world import kept

pytestmark = needs_chromium


@pytest.fixture
def file(tmp_path):
    return work(tmp_path)


def check(data):
    entry = Submission.objects.get()
    assert entry.state == S.RECEIVED
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert kept() == data
    return entry


def test_a_file_is_declared_and_sent_in_pieces(enter, file):
    path, data = file

    def steps(page):
        workers = []
        page.on("worker", lambda worker: workers.append(worker.url))
        page.reload()
        fill(page, path)
        send(page)
        page.wait_for_url("**/receipts/**")
        return page.url, workers

    (address, workers), complaints = enter(steps)
    entry = check(data)
    assert entry.receipt_url in address
    assert (entry.declared_sha256, entry.declared_size) == (entry.sha256, entry.size)
    assert entry.original_name == "work.jpg"
    assert {url.rpartition("/")[2] for url in workers} == {"sha256-worker.js"}
    assert complaints == []


def test_a_lost_line_is_waited_for_and_not_an_error(enter, file):
    path, data = file

    def steps(page):
        fill(page, path)
        page.context.set_offline(True)
        send(page)
        page.get_by_text("The line is gone. Nothing has arrived yet").wait_for()
        assert page.get_by_label("Title").input_value() == "Dusk"
        page.context.set_offline(False)
        page.wait_for_url("**/receipts/**")

    enter(steps)
    check(data)


def test_a_line_lost_among_the_bytes_is_waited_for_too(enter, file):
    path, data = file

    def steps(page):
        fill(page, path)
        line = Line(page)
        line.limit(2 * MEBIBYTE)
        send(page)
        wait_for_bytes(page)
        line.cut()
        page.get_by_text("The line is gone. Your arrival is recorded").wait_for()
        page.get_by_label("Description").fill("Typed without a line.")
        line.restore()
        page.wait_for_url("**/receipts/**")

    enter(steps)
    check(data)


def test_a_line_that_dies_without_a_word_is_noticed(enter, file):
    path, data = file

    def steps(page):
        page.clock.install()
        fill(page, path)
        # Bytes go nowhere, and nobody says so.
        held = []
        page.route("**/uploads/**", lambda route: held.append(route))
        send(page)
        page.get_by_text("Sending.").wait_for()
        page.clock.run_for(32_000)
        page.get_by_text("The line is gone. Your arrival is recorded").wait_for()
        page.unroute("**/uploads/**")
        page.clock.run_for(10_000)
        page.wait_for_url("**/receipts/**")

    enter(steps, fresh=True)
    check(data)


def test_after_a_reload_the_same_file_goes_on(enter, file):
    path, data = file

    def steps(page):
        fill(page, path)
        line = Line(page)
        line.limit(2 * MEBIBYTE)
        send(page)
        wait_for_bytes(page)
        page.locator("[data-pieces-pause]").click()
        page.get_by_text("Paused.").wait_for()
        line.restore()
        page.reload()
        assert page.get_by_label("Title").input_value() == "Dusk"
        assert page.get_by_text("waits for its file").is_visible()
        fill(page, path)
        send(page)
        page.wait_for_url("**/receipts/**")

    enter(steps)
    check(data)
    assert Upload.objects.get().offset > 0


def test_a_paused_file_goes_on_when_told(enter, file):
    path, data = file

    def steps(page):
        fill(page, path)
        line = Line(page)
        line.limit(2 * MEBIBYTE)
        send(page)
        wait_for_bytes(page)
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Go on").wait_for()
        assert page.evaluate("() => document.activeElement.textContent") == "Go on"
        line.restore()
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url("**/receipts/**")

    enter(steps)
    check(data)


def test_words_may_be_changed_while_the_bytes_travel(served, enter, file):
    path, data = file

    def steps(page):
        fill(page, path)
        line = Line(page)
        line.limit(2 * MEBIBYTE)
        send(page)
        wait_for_bytes(page)
        assert page.locator("input[type=file]").is_disabled()
        told = "**/tickets/"
        with page.expect_response(told):
            page.get_by_label("Title").fill("Dawn")
        line.restore()
        page.wait_for_url("**/receipts/**")
        return page.evaluate("() => Object.keys(sessionStorage)")

    kept_names, _complaints = enter(steps)
    assert check(data).title == "Dawn"
    # A receipt is the end of what the tab remembered.
    assert [name for name in kept_names if name.startswith("draft:")] == []


def test_typed_words_survive_a_reload_and_the_way_back(enter):
    words = {
        "Title": "Dusk",
        "Description": "Salt and light.",
        "Alternative text": "A shore.",
    }

    def typed(page):
        return {label: page.get_by_label(label).input_value() for label in words}

    def steps(page):
        for label, text in words.items():
            page.get_by_label(label).fill(text)
        page.reload()
        reloaded = typed(page)
        page.get_by_role("link", name="Read the rules").click()
        page.wait_for_url("**#rules")
        page.go_back()
        page.wait_for_url("**/enter/")
        return reloaded, typed(page)

    both, _complaints = enter(steps)
    assert both == (words, words)


def test_typed_words_survive_a_refusal(enter, competition, tmp_path):
    path, _data = work(tmp_path, 1000)

    def steps(page):
        fill(page, path)
        # What the page itself would have noticed.
        page.get_by_label("Title").evaluate("one => one.removeAttribute('data-most')")
        page.get_by_label("Title").fill("x" * 200)
        page.get_by_label("Description").fill("Salt and light.")
        send(page)
        page.get_by_role("alert").wait_for()
        return [
            page.get_by_label(one).input_value() for one in ("Title", "Description")
        ]

    found, _complaints = enter(steps)
    assert found == ["x" * 200, "Salt and light."]
    assert not Submission.objects.exists()


def test_a_title_that_is_pasted_too_long_is_said_at_once_and_kept(enter, tmp_path):
    path, _data = work(tmp_path, 1000)

    def steps(page):
        fill(page, path)
        title = page.get_by_label("Title")
        title.fill("x" * 203)
        said = page.get_by_text("At most 160 characters fit here; these are 203.")
        said.wait_for()
        send(page)
        kept, message = (
            title.input_value(),
            title.evaluate("one => one.validationMessage"),
        )
        title.fill("Dusk")
        said.wait_for(state="hidden")
        return kept, message

    (kept, message), _complaints = enter(steps)
    assert kept == "x" * 203
    assert message == "At most 160 characters fit here; these are 203."
    assert not Submission.objects.exists()


TO_CORRECT = (
    ("work.gif", 1000, "of the type image/gif"),
    ("nothing.jpg", 0, "This file is empty"),
    ("large.jpg", 61 * MEBIBYTE, "the limit is 60 MB"),
)


def test_size_and_type_are_checked_before_sending(enter, tmp_path):
    def steps(page):
        asked = []
        page.on("request", lambda request: asked.append(request.method))
        for name, size, words in TO_CORRECT:
            path = tmp_path / name
            with path.open("wb") as file:
                file.truncate(size)
            fill(page, path)
            page.get_by_text(words).wait_for()
            send(page)
        return asked

    asked, _complaints = enter(steps)
    assert "POST" not in asked


def test_without_javascript_the_form_sends_as_before(enter, file):
    path, data = file

    def steps(page):
        fill(page, path)
        send(page)
        page.wait_for_url("**/receipts/**")

    enter(steps, java_script_enabled=False)
    check(data)
    assert Upload.objects.get().offset == 0
