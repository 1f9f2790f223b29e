"""A SHA-256 that only a repeat of the ticket declares binds the file."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import ask_ticket, begin_put, digest, put, take_ticket
from tests.protocol.raw.test_refused import page
from tests.protocol.raw.test_undeclared import declared_by_tus, state
from tests.protocol.tus.serving import Reply, Sender


def declared_digest(ada: Sender, competition: Any, data: bytes, **more: Any) -> str:
    return take_ticket(ada, competition, sha256=sha256_of(data), **more)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("rotate", ["", "1"])
def test_a_digest_that_a_repeat_declares_binds_the_file(
    rotate, ada, competition, ticket, picture
):
    path = declared_digest(ada, competition, picture, rotate=rotate)
    path = take_ticket(ada, competition) if rotate else path
    reply = put(ada, path, picture[:4000])
    assert (reply.status, reply.code) == (409, "sha256_mismatch")
    assert state() == S.RESERVED
    assert put(ada, path, picture, X_Chunk_Number="0").status == 202


def test_a_digest_that_a_repeat_declares_is_seen_before_the_bytes(
    ada, competition, ticket, picture
):
    half = picture[:4000]
    declared_digest(ada, competition, picture)
    with ada.connection() as line:
        said = {"Content_Digest": digest(half), "Content_Length": "4000"}
        begin_put(ada, line, ticket, Expect="100-continue", **said)
        assert Reply(line, "PUT").code == "sha256_mismatch"


def test_pieces_of_another_digest_than_a_repeat_declared_are_refused(
    ada, competition, ticket, picture
):
    declared_digest(ada, competition, picture)
    other = picture[:-1] + bytes([picture[-1] ^ 1])
    declared_by_tus(ada, competition, len(picture))
    assert ada.patch(ticket, other, 0).status == 460
    assert state() == S.RESERVED
    assert ada.patch(ticket, picture, 0).status == 204


def test_after_another_file_than_was_declared_no_other_one_is_offered(
    ada, competition, ticket, picture
):
    declared_digest(ada, competition, picture)
    assert put(ada, ticket, picture[:4000]).code == "sha256_mismatch"
    entry = Submission.objects.get()
    for path in (f"/competitions/{competition.slug}/enter/", "/me/", entry.receipt_url):
        text = page(ada, path)
        assert "Only the announced file may be chosen, until" in text
        assert "nother file" not in text


def test_after_another_size_than_was_declared_no_other_one_is_offered(
    ada, competition, picture
):
    path = take_ticket(ada, competition, size=len(picture))
    assert put(ada, path, picture[:4000]).code == "size_mismatch"
    entry = Submission.objects.get()
    for address in (
        f"/competitions/{competition.slug}/enter/", "/me/", entry.receipt_url,
    ):  # fmt: skip
        text = page(ada, address)
        size = f"{len(picture):,}"
        assert f"Only a file of the announced size, {size} bytes, may be" in text
        assert "nother file" not in text


def test_a_repeat_with_another_digest_is_refused(ada, competition, ticket, picture):
    declared_digest(ada, competition, picture)
    said = {"sha256": sha256_of(b"another"), "title": "Dawn"}
    reply = ask_ticket(ada, competition, **said)
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert Submission.objects.get().title == "Dusk"
    assert put(ada, ticket, picture).status == 202


def test_after_a_refused_file_its_digest_binds_no_other(
    ada, competition, ticket, picture
):
    declared_digest(ada, competition, b"notes, no picture")
    assert put(ada, ticket, b"notes, no picture").code == "invalid_entry"
    assert put(ada, ticket, picture).status == 202


def test_a_new_address_after_delete_has_no_digest(ada, competition, ticket, picture):
    declared_digest(ada, competition, b"another")
    assert ada.ask("DELETE", ticket).status == 204
    path = take_ticket(ada, competition)
    assert put(ada, path, picture, X_Chunk_Number="0").code == "undeclared_file"
    assert put(ada, path, picture).status == 202


def test_a_digest_that_is_declared_while_a_file_comes_binds_it(
    ada, competition, ticket, picture
):
    with ada.connection() as line:
        begin_put(ada, line, ticket, Content_Length="4000", Expect="100-continue")
        line.recv(1000)
        declared_digest(ada, competition, picture)
        line.sendall(picture[:4000])
        assert Reply(line, "PUT").code == "sha256_mismatch"
    assert put(ada, ticket, picture).status == 202


def test_a_received_file_stays_with_what_was_declared(
    ada, competition, ticket, picture
):
    declared_digest(ada, competition, picture)
    assert put(ada, ticket, picture).status == 202
    assert ada.ask("DELETE", ticket).code == "lost_race"
