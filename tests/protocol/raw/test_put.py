"""PUT to a ticket's address: the body is the file, whole and at once."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import (
    ask_first,
    begin_put,
    digest,
    put,
    take_ticket,
)
from tests.protocol.tus.serving import MEBIBYTE, Reply, encoded
from tests.protocol.tus.world import JPEG_HEAD, contest, kept


def state() -> str:
    return Submission.objects.get().state


# --- the acknowledgment


def test_put_answers_with_the_acknowledgment(left_behind, ada, ticket, picture):
    reply = put(ada, ticket, picture)
    assert reply.status == 202
    entry = Submission.objects.get()
    assert (entry.state, entry.size) == (S.RECEIVED, len(picture))
    assert reply.json["token"] == entry.token
    assert reply.json["receipt_url"].endswith(f"/receipts/{entry.token}/")
    assert reply.json["sha256"] == hashlib.sha256(picture).hexdigest()
    assert reply.headers["Tus-Resumable"] is None
    assert kept() == picture
    assert left_behind() == set()


def test_a_file_of_several_mebibytes_arrives_as_it_was(ada, ticket):
    data = JPEG_HEAD + os.urandom(20 * MEBIBYTE)
    assert put(ada, ticket, data).status == 202
    assert kept() == data


def test_the_same_file_again_gives_the_same_token(left_behind, ada, ticket, picture):
    first, again = put(ada, ticket, picture), put(ada, ticket, picture)
    assert (first.status, again.status) == (202, 202)
    assert again.json == first.json
    assert left_behind() == set()


def test_another_file_afterwards_changes_nothing(ada, ticket, picture):
    put(ada, ticket, picture)
    reply = put(ada, ticket, picture + b"!")
    assert (reply.status, reply.code) == (409, "idempotency_key_reused")
    assert kept() == picture


def test_two_at_once_make_one_entry(ada, ticket, picture):
    with ThreadPoolExecutor(2) as threads:
        replies = list(threads.map(lambda _: put(ada, ticket, picture), range(2)))
    refused = [reply for reply in replies if reply.status != 202]
    assert len(refused) < 2
    assert all(reply.status == 409 for reply in refused)
    assert all(reply.headers["Retry-After"] == "1" for reply in refused)
    assert put(ada, ticket, picture).status == 202
    assert kept() == picture


def test_put_after_some_pieces_takes_the_whole_file(left_behind, ada, ticket, picture):
    told = f"ticket {encoded(Submission.objects.get().token)}"
    assert ada.create(len(picture), Upload_Metadata=told).status == 201
    assert ada.patch(ticket, picture[:5000], 0).offset == 5000
    assert put(ada, ticket, picture).status == 202
    assert kept() == picture
    assert ada.where(ticket).offset == len(picture)
    assert left_behind() == set()


# --- where


def test_an_address_that_nobody_was_given_is_not_there(ada, picture):
    assert put(ada, f"/uploads/{'x' * 32}/", picture).status == 404


# --- refused by the headers, before a byte is read


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content_Length": None}, 411, "length_required"),
        ({"Transfer_Encoding": "chunked"}, 411, "length_required"),
        ({"Content_Length": "0"}, 422, "empty_file"),
        ({"Content_Length": "-5"}, 400, None),
        ({"Content_Length": "61000000000"}, 413, "upload_too_large"),
        ({"Content_Length": str(61 * MEBIBYTE)}, 413, "upload_too_large"),
        ({"Content_Digest": "sha-256=:zzz:"}, 400, "bad_digest"),
        ({"Content_Digest": "sha-256=plain"}, 400, "bad_digest"),
        ({"Repr_Digest": "sha-512=:YQ==:"}, 400, "bad_digest"),
        ({"Content_Digest": digest(b"a"), "Repr_Digest": digest(b"b")}, 400, None),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_headers(
    left_behind, ada, ticket, headers, status, code
):
    told = {"Content_Length": "1000000", **headers}
    if "Transfer_Encoding" in headers:
        del told["Content_Length"]
    reply = ask_first(ada, ticket, **told)
    assert reply.status == status
    assert code is None or reply.code == code
    assert state() == S.RESERVED
    assert left_behind() == set()


def test_a_refusal_names_the_digest_that_is_wanted(ada, ticket, picture):
    reply = put(ada, ticket, picture, Content_Digest="md5=:YQ==:")
    assert reply.headers["Want-Content-Digest"] == "sha-256=10"


@pytest.mark.parametrize("said", [{"size": 7}, {"sha256": "a" * 64}])
def test_a_file_that_the_ticket_did_not_announce_is_refused(
    ada, competition, picture, said
):
    path = take_ticket(ada, competition, **said)
    reply = put(ada, path, picture, Content_Digest=digest(picture))
    assert (reply.status, reply.code) in [
        (409, "size_mismatch"),
        (409, "sha256_mismatch"),
    ]
    assert state() == S.RESERVED


def test_a_ticket_whose_time_is_over_is_gone(ada, picture):
    brief = contest(upload_window=timedelta(microseconds=1))
    reply = put(ada, take_ticket(ada, brief), picture)
    assert (reply.status, reply.code) == (410, "upload_over")


def test_the_pace_holds_the_bytes_and_names_the_wait(ada, ticket, picture, settings):
    settings.PACE_PARTICIPANT = (1, 3600)
    put(ada, ticket, b"no picture")
    reply = put(ada, ticket, picture)
    assert (reply.status, reply.code) == (429, "too_fast")
    assert int(reply.headers["Retry-After"]) > 0


def test_a_part_of_the_file_is_not_acknowledged(ada, ticket, picture):
    part = picture[: len(picture) // 2]
    told = f"bytes 0-{len(part) - 1}/{len(picture)}"
    reply = put(ada, ticket, part, Content_Range=told)
    assert (reply.status, reply.code) == (400, "partial_content")
    assert state() == S.RESERVED
    assert put(ada, ticket, picture).status == 202


def test_an_encoded_file_is_not_acknowledged(ada, ticket, picture):
    reply = put(ada, ticket, picture, Content_Encoding="gzip")
    assert (reply.status, reply.code) == (415, "encoded_content")
    assert state() == S.RESERVED


# --- refused by the bytes


@pytest.mark.parametrize("field", ["Content_Digest", "Repr_Digest"])
def test_the_announced_digest_must_fit(left_behind, ada, ticket, picture, field):
    right, wrong = digest(picture), digest(picture[:-1])
    reply = put(ada, ticket, picture, **{field: wrong})
    assert (reply.status, reply.code) == (409, "sha256_mismatch")
    assert state() == S.RESERVED
    told = f"sha-512=:YQ==:, {right}"
    assert put(ada, ticket, picture, **{field: told}).status == 202
    assert left_behind() == set()


def test_what_is_no_picture_is_refused_and_the_ticket_stays(
    left_behind, ada, ticket, picture
):
    reply = put(ada, ticket, b"just some words")
    assert (reply.status, reply.code) == (422, "invalid_entry")
    assert put(ada, ticket, picture).status == 202
    assert left_behind() == set()


@pytest.mark.parametrize("tenth", range(10))
def test_a_body_cut_off_at_any_tenth_is_never_a_file(
    left_behind, ada, ticket, picture, tenth
):
    part = picture[: len(picture) * tenth // 10]
    with ada.connection() as line:
        begin_put(ada, line, ticket, Content_Length=str(len(picture)))
        line.sendall(part)
    assert put(ada, ticket, picture).status == 202
    assert kept() == picture
    assert left_behind() == set()


def test_bytes_beyond_the_length_are_not_the_file(ada, ticket, picture):
    with ada.connection() as line:
        begin_put(ada, line, ticket, Content_Length=str(len(picture)))
        line.sendall(picture + b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert Reply(line, "PUT").json["size"] == len(picture)
    assert kept() == picture
