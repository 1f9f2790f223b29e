"""The entry page in a browser after a file that was refused."""

from __future__ import annotations

import re

import pytest

from mycenas.storage import store
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.tus.browsing import fill, needs_chromium, send, work

pytestmark = [*needs_chromium, pytest.mark.trial]


def test_a_text_named_like_a_picture_gives_its_place_back(enter, competition, tmp_path):
    competition.max_entries = 1
    competition.save(update_fields=["max_entries"])
    text = tmp_path / "letter.jpg"
    text.write_bytes(b"Dear jury, this is not a picture.")
    path, data = work(tmp_path)

    def steps(page):
        fill(page, text)
        send(page)
        page.get_by_text("is not a JPEG, PNG or WebP picture").wait_for()
        fill(page, path)
        send(page)
        page.wait_for_url("**/receipts/**")

    enter(steps)
    states = Submission.objects.order_by("pk").values_list("state", flat=True)
    assert [*states] == [S.EXPIRED, S.RECEIVED]
    name = Submission.objects.get(state=S.RECEIVED).original
    assert name
    assert store().original_path(name).read_bytes() == data


@pytest.mark.parametrize("is_new", [False, True])
def test_a_session_that_ended_leads_to_the_sign_in_and_back_to_the_words(
    is_new, enter, ada, tmp_path
):
    """Or at once to the form, where another tab has begun a new session."""
    path, _ = work(tmp_path)
    session = ada.cookies.split(";")[0].partition("=")[2]

    def steps(page):
        place = page.url
        fill(page, path, title="Dusk, typed for an hour")
        if is_new:
            page.context.clear_cookies(name="csrftoken")
            token = {"name": "csrftoken", "value": "n" * 32, "url": ada.url}
            page.context.add_cookies([token])
            with page.expect_navigation(url=place):
                send(page)
        else:
            page.context.clear_cookies(name="sessionid")
            send(page)
            page.wait_for_url(re.compile("/accounts/login/.next="))
            cookie = {"name": "sessionid", "value": session, "url": ada.url}
            page.context.add_cookies([cookie])
            page.goto(place)
        title = page.get_by_label("Title").input_value()
        fill(page, path, title=title)
        send(page)
        page.wait_for_url("**/receipts/**")
        return title

    title, _ = enter(steps)
    assert title == "Dusk, typed for an hour"
    assert Submission.objects.get().title == title


def test_the_way_back_and_the_same_file_lead_to_the_same_receipt(enter, tmp_path):
    path, _ = work(tmp_path)

    def steps(page):
        for _ in range(2):
            place = page.url
            fill(page, path)
            send(page)
            page.wait_for_url("**/receipts/**")
            receipt = page.url
            page.goto(place)
        return receipt

    receipt, _ = enter(steps)
    assert receipt.endswith(f"{Submission.objects.get().receipt_url}?repeat=1")
