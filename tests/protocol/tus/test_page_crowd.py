"""The entry page when the site has no room: a state that ends by itself."""

from __future__ import annotations

import json
import re

import pytest

from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.tus.browsing import fill, needs_chromium, send, work
from tests.protocol.tus.world import contest, kept

pytestmark = [*needs_chromium, pytest.mark.trial]
LONG = 300
LAST_MINUTE = re.compile(r"Again in (60|[1-5]\d) seconds\.")
TICKETS = ("POST", "/competitions/")
BYTES = ("PATCH", "/uploads/")
NOT_YET = "Many entries are arriving just now. Nothing has arrived yet"
ARRIVED = "Many entries are arriving just now. Your arrival is recorded"


@pytest.fixture
def competition(served):
    """Where everybody has one entry."""
    return contest(max_entries=1)


@pytest.fixture
def file(tmp_path):
    return work(tmp_path, 300_000)


def wait_as_told(page, served, kind, sentence):
    """The page says how long; it asks again after that time and not before."""
    page.get_by_text(sentence).wait_for()
    page.get_by_text("Again in 5 minutes.").wait_for()
    asked = served.crowd.count(*kind)
    assert page.get_by_label("Title").input_value() == "Dusk"
    page.clock.run_for((LONG - 60) * 1000)
    # The page's clock goes on by itself too, while this test looks.
    page.get_by_text(LAST_MINUTE).wait_for()
    assert served.crowd.count(*kind) == asked
    page.clock.run_for(61 * 1000)


@pytest.mark.parametrize("status", [429, 503])
def test_a_ticket_is_asked_for_again_when_told(served, enter, file, status):
    path, data = file
    served.crowd.refuse(*TICKETS, (status, LONG), (status, LONG))

    def steps(page):
        page.clock.install()
        fill(page, path)
        send(page)
        wait_as_told(page, served, TICKETS, NOT_YET)
        wait_as_told(page, served, TICKETS, NOT_YET)
        page.wait_for_url("**/receipts/**")

    enter(steps, fresh=True)
    assert served.crowd.count(*TICKETS) == 3
    assert kept() == data


@pytest.mark.parametrize("status", [429, 503])
def test_bytes_go_on_when_told(served, enter, file, status):
    path, data = file
    served.crowd.refuse(*BYTES, (status, LONG), (status, LONG))

    def steps(page):
        page.clock.install()
        fill(page, path)
        send(page)
        wait_as_told(page, served, BYTES, ARRIVED)
        wait_as_told(page, served, BYTES, ARRIVED)
        page.wait_for_url("**/receipts/**")

    enter(steps, fresh=True)
    assert kept() == data


def test_asking_where_the_upload_is_waits_as_told(served, enter, file):
    path, data = file
    kind = ("HEAD", "/uploads/")
    served.crowd.refuse(*kind, (503, LONG))

    def steps(page):
        page.clock.install()
        fill(page, path)
        send(page)
        wait_as_told(page, served, kind, ARRIVED)
        page.wait_for_url("**/receipts/**")

    enter(steps, fresh=True)
    assert kept() == data


def test_the_sites_own_pace_is_waited_for(served, enter, ada, file, settings):
    path, data = file
    settings.PACE_PARTICIPANT = (0, 60)

    def steps(page):
        page.clock.install()
        fill(page, path)
        send(page)
        page.get_by_text(ARRIVED).wait_for()
        page.get_by_text("Again in").wait_for()
        settings.PACE_PARTICIPANT = (10**12, 60)
        page.clock.run_for(61_000)
        page.wait_for_url("**/receipts/**")

    enter(steps, fresh=True)
    assert kept() == data


def test_who_waits_can_cancel(served, enter, file):
    path, _data = file
    served.crowd.refuse(*BYTES, (503, LONG))

    def steps(page):
        fill(page, path)
        send(page)
        page.get_by_text(ARRIVED).wait_for()
        page.get_by_role("button", name="Cancel", exact=True).click()
        page.get_by_role("button", name="Cancel the entry").click()
        page.get_by_text("Cancelled:").wait_for()

    enter(steps)
    assert Submission.objects.get().state == S.WITHDRAWN


def test_a_refusal_that_stands_is_not_waited_for(enter, ada, file):
    path, _data = file

    def steps(page):
        fill(page, path)
        # Meanwhile, elsewhere, the one entry goes to another file.
        said = {"title": "Dawn", "accept_rules": True, "size": 7}
        place = page.url.removeprefix(ada.url).replace("enter", "tickets")
        body = json.dumps(said).encode()
        assert ada.ask("POST", place, body, Content_Type="application/json").json
        send(page)
        page.get_by_text("Withdraw one to enter another").wait_for()
        assert page.get_by_label("Title").input_value() == "Dusk"

    enter(steps)
    assert Submission.objects.get().title == "Dawn"
