"""Cancelling on the entry page: the bytes go and the arrival is given back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mycenas.storage import store
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
from tests.protocol.tus.world import contest, kept

pytestmark = [*needs_chromium, pytest.mark.trial]
GIVEN_BACK = "Cancelled: nothing was entered"


@pytest.fixture
def competition(served):
    """Where everybody has one entry."""
    return contest(max_entries=1)


@pytest.fixture
def files(tmp_path):
    """Two works."""
    return [work(folder) for folder in (tmp_path / "a", tmp_path / "b")]


def begin(page, path):
    fill(page, path)
    line = Line(page)
    line.limit(2 * MEBIBYTE)
    send(page)
    wait_for_bytes(page)
    return line


def cancel(page, answer):
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").wait_for()
    page.get_by_role("button", name=answer).click()


def test_after_a_cancel_another_work_can_be_entered(enter, files):
    (first, _), (second, data) = files

    def steps(page):
        line = begin(page, first)
        cancel(page, "Cancel the entry")
        page.get_by_text(GIVEN_BACK).wait_for()
        assert page.get_by_label("Title").input_value() == "Dusk"
        assert page.locator("[data-enter-send]").evaluate(
            "one => one === document.activeElement"
        )
        line.restore()
        fill(page, second, "Dawn")
        send(page)
        page.wait_for_url("**/receipts/**")

    enter(steps)
    states = Submission.objects.order_by("arrived_at").values_list("state", "title")
    assert list(states) == [(S.WITHDRAWN, "Dusk"), (S.RECEIVED, "Dawn")]
    received = Submission.objects.get(state=S.RECEIVED)
    assert received.original
    assert store().original_path(received.original).read_bytes() == data


def test_who_does_not_mean_it_goes_on(enter, files):
    path, data = files[0]

    def steps(page):
        line = begin(page, path)
        cancel(page, "Keep sending")
        page.keyboard.press("Escape")
        line.restore()
        page.wait_for_url("**/receipts/**")

    enter(steps)
    assert kept() == data


def test_a_cancel_without_a_line_is_done_when_it_is_back(enter, files):
    path, _data = files[0]

    def steps(page):
        line = begin(page, path)
        line.cut()
        page.get_by_text("The line is gone.").wait_for()
        cancel(page, "Cancel the entry")
        page.get_by_text("Taking your entry back.").wait_for()
        line.restore()
        page.get_by_text(GIVEN_BACK).wait_for()

    enter(steps)
    assert Submission.objects.get().state == S.WITHDRAWN


def test_a_ticket_whose_answer_was_lost_is_given_back_too(served, enter, files):
    path, _data = files[0]

    def steps(page):
        # The site takes the ticket; the page never hears of it.
        def lose(route):
            route.fetch()
            route.abort()

        page.route("**/tickets/", lose)
        fill(page, path)
        send(page)
        page.get_by_text("Nothing has arrived yet").wait_for()
        page.unroute("**/tickets/")
        cancel(page, "Cancel the entry")
        page.get_by_text(GIVEN_BACK).wait_for()

    enter(steps)
    assert Submission.objects.get().state == S.WITHDRAWN


def test_cancelling_before_anything_was_sent_asks_nothing(enter, files):
    path, _data = files[0]

    def steps(page):
        page.route("**/sha256-worker.js", lambda route: None)
        page.reload()
        fill(page, path)
        send(page)
        page.get_by_text("Reading your file.").wait_for()
        page.get_by_role("button", name="Cancel", exact=True).click()
        page.get_by_text(GIVEN_BACK).wait_for()

    enter(steps)
    assert not Submission.objects.exists()


def test_who_comes_back_without_the_file_can_give_the_arrival_back(enter, files):
    path, _data = files[0]

    def steps(page):
        begin(page, path)
        page.reload()
        page.get_by_role("link", name="Take this entry back").click()
        page.get_by_role("button", name="Withdraw it").click()
        page.wait_for_url("**/receipts/**")

    enter(steps, java_script_enabled=True)
    assert Submission.objects.get().state == S.WITHDRAWN


# --- what the page asks for


def take_back(ada, **headers):
    token = Submission.objects.get().token
    path = reverse("submissions:withdraw", args=[token])
    return ada.ask("POST", path, b"", Accept="application/json", **headers)


def test_programs_give_a_ticket_back_by_its_address(ada, new):
    new(1000)
    reply = take_back(ada)
    assert (reply.status, reply.json["state"]) == (200, "withdrawn")
    again = take_back(ada)
    assert (again.status, again.json["state"]) == (200, "withdrawn")


def test_programs_without_a_session_are_told_so(ada, new):
    new(1000)
    reply = take_back(ada, Cookie=None)
    assert reply.status in (401, 403)
    assert Submission.objects.get().state == S.RESERVED
    assert Upload.objects.exists()
