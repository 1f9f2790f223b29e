"""The entry page in a browser: it takes a ticket and sends the file in pieces."""

from __future__ import annotations

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.browser import Witness, chromium, running_browser
from tests.protocol.tus.world import CSRF, JPEG_HEAD, kept

MEBIBYTE = 1024 * 1024
PROGRAM = chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium; set CHROMIUM"),
]


@pytest.fixture
def browsing(ada, competition, tmp_path):
    """Run steps in a signed-in browser, in a thread of its own."""
    address = f"{ada.url}/competitions/{competition.slug}/enter/"
    session = ada.cookies.split(";")[0].partition("=")[2]
    data = JPEG_HEAD + os.urandom(20 * MEBIBYTE)
    (tmp_path / "work.jpg").write_bytes(data)

    def visit(steps, **options):
        with running_browser(PROGRAM or "") as browser:
            context = browser.new_context(**options)
            cookies = {"sessionid": session, "csrftoken": CSRF}
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": ada.url}
                    for name, value in cookies.items()
                ]
            )
            witness = Witness(context)
            page = context.new_page()
            page.goto(address)
            result = steps(page, tmp_path / "work.jpg")
            return result, witness.complaints

    def run(steps, **options):
        # Django takes a thread in which Playwright runs for an asynchronous one.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(visit, steps, **options).result()

    return run, data


def fill(page, path):
    page.get_by_label("Title").fill("Dusk")
    page.locator("[name=accept_rules]").check()
    page.locator("input[type=file]").set_input_files(path)


def send(page):
    page.locator("[data-enter-send]").click()


def check(data):
    entry = Submission.objects.get()
    assert entry.state == S.RECEIVED
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert kept() == data
    return entry


def test_a_file_is_declared_and_sent_in_pieces(browsing):
    def steps(page, path):
        fill(page, path)
        send(page)
        page.wait_for_url("**/receipts/**")
        return page.url

    run, data = browsing
    address, complaints = run(steps)
    entry = check(data)
    assert entry.receipt_url in address
    assert (entry.declared_sha256, entry.declared_size) == (
        entry.sha256,
        entry.size,
    )
    assert entry.original_name.endswith(".jpg")
    assert complaints == []


def test_a_lost_line_is_waited_for_and_not_an_error(browsing):
    def steps(page, path):
        fill(page, path)
        page.context.set_offline(True)
        send(page)
        page.get_by_text("The line is gone.").wait_for()
        assert page.get_by_label("Title").input_value() == "Dusk"
        page.context.set_offline(False)
        page.wait_for_url("**/receipts/**")

    run, data = browsing
    run(steps)
    check(data)


def test_after_a_reload_the_same_file_goes_on(served, browsing):
    def steps(page, path):
        fill(page, path)
        session = page.context.new_cdp_session(page)
        slow = {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": 3 * MEBIBYTE,
        }
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", slow)
        send(page)
        page.locator("[data-pieces-pause]").wait_for()
        page.get_by_text(re.compile(r"^\s*([5-9]|1\d)[.\d]* MB of")).wait_for()
        page.locator("[data-pieces-pause]").click()
        page.get_by_text("Paused.").wait_for()
        session.send(
            "Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1}
        )
        page.reload()
        assert page.get_by_label("Title").input_value() == "Dusk"
        fill(page, path)
        send(page)
        page.wait_for_url("**/receipts/**")

    run, data = browsing
    run(steps)
    check(data)
    assert Upload.objects.get().offset > 0


def test_without_javascript_the_form_sends_as_before(browsing):
    def steps(page, path):
        fill(page, path)
        page.locator("[data-enter-send]").click()
        page.wait_for_url("**/receipts/**")

    run, data = browsing
    run(steps, java_script_enabled=False)
    check(data)
    assert not Upload.objects.exists()
