"""Two forms for one place: a picture arrives under the words of its own form."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import (
    ask_ticket,
    begin_put,
    enter_by_form,
    put,
    take_ticket,
)
from tests.protocol.raw.test_refused import page
from tests.protocol.tus.serving import Reply
from tests.protocol.tus.world import contest

OTHER: Any = {"title": "Dawn", "idempotency_key": "another-key-1"}


@pytest.fixture
def place():
    return contest(max_entries=1)


def entered() -> Any:
    (row,) = Submission.objects.values_list("state", "title", "sha256")
    return row


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_picture_on_its_way_does_not_arrive_under_the_words_of_another_form(
    ada, place, picture
):
    path = take_ticket(ada, place)
    with ada.connection() as line:
        begin_put(ada, line, path, Content_Length=str(len(picture)))
        line.sendall(picture[:4000])
        other = take_ticket(ada, place, **OTHER)
        line.sendall(picture[4000:])
        assert Reply(line, "PUT").status in (404, 409, 410)
    assert put(ada, other, picture + b"dawn").status == 202
    assert entered() == (S.RECEIVED, "Dawn", sha256(picture + b"dawn"))


def test_a_form_that_comes_meanwhile_is_received_with_its_own_picture(
    ada, place, picture
):
    path, other = take_ticket(ada, place), picture + b"dawn"
    with ada.connection() as line:
        begin_put(ada, line, path, Content_Length=str(len(picture)))
        line.sendall(picture[:4000])
        assert enter_by_form(ada, place, other, **OTHER).status == 202
        line.sendall(picture[4000:])
        assert Reply(line, "PUT").status in (404, 409, 410)
    assert entered() == (S.RECEIVED, "Dawn", sha256(other))


@pytest.mark.parametrize("said", [OTHER, {"title": "Dawn"}])
def test_other_words_end_the_upload_of_the_former_ones(said, ada, place, picture):
    path = take_ticket(ada, place)
    assert put(ada, path, picture[:4000], X_Part="1").status == 400
    other = take_ticket(ada, place, **said)
    assert other != path
    assert put(ada, path, picture).status in (404, 410)
    assert put(ada, other, picture + b"dawn").status == 202
    assert entered() == (S.RECEIVED, "Dawn", sha256(picture + b"dawn"))


@pytest.mark.parametrize(
    "said", [{}, {"title": "Dawn", "sha256": "declared"}, {"sha256": "declared"}]
)
def test_the_upload_goes_on_under_the_same_words_or_for_the_same_file(
    said, ada, place, picture
):
    first: Any = {"sha256": sha256(picture)} if said else {}
    said = said | first
    path = take_ticket(ada, place, **first)
    assert take_ticket(ada, place, **said) == path
    assert put(ada, path, picture).status == 202
    assert entered() == (S.RECEIVED, said.get("title", "Dusk"), sha256(picture))


def test_behind_the_picture_another_form_is_refused(ada, place, picture):
    assert put(ada, take_ticket(ada, place), picture).status == 202
    assert ask_ticket(ada, place, **OTHER).code == "submission_within_limit"
    assert entered() == (S.RECEIVED, "Dusk", sha256(picture))


def test_words_that_come_too_late_are_answered_by_the_receipt(ada, place, picture):
    html: Any = {"accept": "text/html"}
    first = enter_by_form(ada, place, picture, **html).headers["Location"]
    late = enter_by_form(ada, place, picture, title="Dawn", **html)
    said = {"idempotency_key": "form-key-1"}
    ticket = ask_ticket(ada, place, title="Dawn", **said).json["receipt_url"]
    for where in (late.headers["Location"], str(ticket).removeprefix(ada.url)):
        assert where.startswith(first)
        assert "what you sent now changed nothing" in page(ada, where)
    assert entered() == (S.RECEIVED, "Dusk", sha256(picture))
    assert enter_by_form(ada, place, picture, **html).headers["Location"] == first
    again = ask_ticket(ada, place, **said).json["receipt_url"]
    assert str(again).endswith(first)
