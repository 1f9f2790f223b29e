"""A refused file ends its upload, not the arrival: all three ways are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from competitions.models import Competition
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import (
    ask_first,
    digest,
    enter_by_form,
    put,
    take_ticket,
)
from tests.protocol.tus.serving import MEBIBYTE, Reply, Sender, metadata, path_of
from tests.protocol.tus.world import contest, kept

# Sends a file for the arrival named by ``key``.
Way = Callable[..., Reply]
TEXT = b"Dear jury, this is not a picture at all."
NO_PICTURE = "is not a JPEG, PNG or WebP picture"


def by_form(ada: Sender, place: Competition, data: bytes, **said: Any) -> Reply:
    return enter_by_form(ada, place, data, **said)


def by_put(ada: Sender, place: Competition, data: bytes, **said: str) -> Reply:
    return put(ada, take_ticket(ada, place, **said), data)


def by_tus(ada: Sender, place: Competition, data: bytes, **said: str) -> Reply:
    take_ticket(ada, place, **said)
    token = metadata(ticket=Submission.objects.latest("pk").token)
    created = ada.create(len(data), Upload_Metadata=token)
    return ada.patch(path_of(created), data, 0) if created.status == 201 else created


WAYS = pytest.mark.parametrize("send", [by_form, by_put, by_tus])


def page(ada: Sender, path: str) -> str:
    return unescape(ada.ask("GET", path, Accept="text/html").body.decode())


def test_the_form_comes_back_with_its_words_and_the_reason(ada, competition):
    reply = enter_by_form(ada, competition, TEXT, accept="text/html")
    assert reply.status == 303
    text = page(ada, reply.headers["Location"])
    assert text.count(NO_PICTURE) == 1
    assert 'value="Dusk"' in text


def test_after_a_declared_file_the_form_is_a_fresh_one(ada, competition):
    """The reservation has ended; its fields and the reason are shown."""
    declared = hashlib.sha256(TEXT).hexdigest()
    reply = enter_by_form(ada, competition, TEXT, accept="text/html", sha256=declared)
    text = page(ada, reply.headers["Location"])
    assert text.count(NO_PICTURE) == 1
    assert 'value="Dusk"' in text
    assert "form-key-1" not in text


def check_pages(ada: Sender, place: Competition, why: str) -> None:
    """The form and My entries say why, and until when another file may follow."""
    entry = Submission.objects.get()
    until = f"{entry.upload_until:%Y-%m-%dT%H:%M}"
    for path in (f"/competitions/{place.slug}/enter/", "/me/", entry.receipt_url):
        text = page(ada, path)
        assert why in text
        assert "Another file may be chosen until" in text
        assert until in text
        assert "same file again" not in text


@WAYS
def test_another_file_follows_a_refused_one(send: Way, ada, competition, picture):
    reply = send(ada, competition, TEXT)
    assert (reply.status, reply.code) == (422, "invalid_entry")
    before = Submission.objects.get()
    assert before.state == S.RESERVED
    check_pages(ada, competition, NO_PICTURE)
    assert send(ada, competition, picture).status in (202, 204)
    entry = Submission.objects.get()
    assert (entry.state, entry.arrived_at) == (S.RECEIVED, before.arrived_at)
    assert kept() == picture


@WAYS
def test_a_damaged_file_leaves_its_announced_one_time(
    send: Way, ada, competition, picture
):
    """What came is no picture, but not the file that was announced either."""
    sha256 = hashlib.sha256(picture).hexdigest()
    reply = send(ada, competition, b"\xfe" + picture[1:], sha256=sha256)
    assert reply.code in ("sha256_mismatch", "invalid_entry")
    assert Submission.objects.get().state == S.RESERVED
    assert send(ada, competition, picture, sha256=sha256).status in (202, 204)
    assert kept() == picture


@WAYS
def test_a_declared_file_that_is_refused_ends_its_arrival(send: Way, ada, picture):
    place = contest(max_entries=1)
    declared = hashlib.sha256(TEXT).hexdigest()
    assert send(ada, place, TEXT, sha256=declared).code == "invalid_entry"
    ended = Submission.objects.get()
    assert ended.state == S.EXPIRED
    assert NO_PICTURE in page(ada, "/me/")
    again = {"idempotency_key": "another-work-1"}
    assert send(ada, place, picture, **again).status in (202, 204)


def test_the_address_of_an_ended_upload_says_why(ada, competition, picture):
    path = take_ticket(ada, competition, sha256=hashlib.sha256(TEXT).hexdigest())
    put(ada, path, TEXT)
    reply = put(ada, path, picture)
    assert (reply.status, reply.code) == (410, "upload_over")
    assert "JPEG, PNG or WebP" in reply.json["detail"]


def test_every_refusal_of_a_whole_file_is_kept(ada, competition, picture):
    path = take_ticket(ada, competition)
    told = {"Content_Length": str(61 * MEBIBYTE)}
    assert ask_first(ada, path, **told).status == 413
    check_pages(ada, competition, "the limit here is 60")
    for data, headers, why in (
        (b"", {}, "This file is empty"),
        (TEXT, {}, NO_PICTURE),
        (TEXT, {"Content_Digest": digest(b"another")}, "The file arrived damaged"),
    ):
        assert put(ada, path, data, **headers).status in (409, 413, 422)
        check_pages(ada, competition, why)
    assert put(ada, path, picture).status == 202


def test_every_refusal_of_pieces_is_kept(ada, competition):
    take_ticket(ada, competition)
    told = metadata(ticket=Submission.objects.get().token)
    for length, why in ((0, "is empty"), (61 * MEBIBYTE, "here is 60"), (2**40, "is")):
        assert ada.create(length, Upload_Metadata=told).status in (413, 422)
        check_pages(ada, competition, why)


def test_every_refusal_of_a_form_is_kept(ada, picture):
    place = contest(max_megabytes=1)
    for size, why in ((0, "This file is empty"), (2 * MEBIBYTE, "limit here is 1.0")):
        assert enter_by_form(ada, place, picture[:1] * size).status in (413, 422)
        check_pages(ada, place, why)
    assert enter_by_form(ada, place, picture).status == 202


def test_what_is_wrong_with_a_line_is_no_refusal_of_the_file(ada, competition, picture):
    path = take_ticket(ada, competition, size=len(picture))
    wrong = "sha1 " + "A" * 28
    assert ada.patch(path, picture, 0, Upload_Checksum=wrong).status in (400, 460)
    assert ada.patch(path, picture[:10], 5).status == 409
    assert Submission.objects.get().refusal == ""


def test_a_writer_of_the_old_length_does_not_pass_the_new_one(
    ada, competition, picture
):
    """A new length may follow a refusal only, and bounds all that follows."""
    path = take_ticket(ada, competition)
    told = metadata(ticket=Submission.objects.get().token)
    ada.create(len(TEXT), Upload_Metadata=told)
    assert ada.create(7, Upload_Metadata=told).code == "length_fixed"
    ada.patch(path, TEXT, 0)
    assert ada.create(7, Upload_Metadata=told).status == 201
    assert ada.patch(path, picture, 0).code == "beyond_length"
    assert Upload.objects.get().length == 7
