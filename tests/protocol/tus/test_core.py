"""The core of tus 1.0.0: where an upload is, more bytes, and what is refused."""

from __future__ import annotations

import hashlib
import socket

import pytest

from mycenas.storage import store
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.protocol.tus.serving import (
    BODY_TYPE,
    MEBIBYTE,
    Reply,
    Sender,
    Served,
)
from tests.protocol.tus.world import CSRF, JPEG_HEAD, contest, kept, person

MISSING = f"/uploads/{'x' * 32}/"


def entry():
    return Submission.objects.get()


def left_in_staging():
    return (store().root / "staging" / f"{Upload.objects.get().part}.part").exists()


# --- the protocol's version


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
def test_other_versions_are_refused_and_nothing_is_processed(ada, version):
    reply = ada.create(10, Tus_Resumable=version)
    assert (reply.status, reply.headers["Tus-Version"]) == (412, "1.0.0")
    assert not Submission.objects.exists()


def test_options_tells_what_is_possible_to_everybody(ada):
    for path in ("/uploads/", MISSING):
        reply = ada.ask("OPTIONS", path, Cookie=None, Tus_Resumable="0.1")
        assert reply.status in (200, 204)
        assert reply.headers["Tus-Version"] == "1.0.0"
        assert reply.headers["Tus-Extension"] == (
            "creation,checksum,termination,expiration"
        )
        assert int(reply.headers["Tus-Max-Size"]) == 2048 * 1024 * 1024
        assert reply.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_every_answer_names_the_version(ada, new, picture):
    path = new(len(picture))
    replies = [
        ada.where(path),
        ada.where(MISSING),
        ada.patch(path, picture, 5),
        ada.ask("GET", path),
        ada.ask("GET", "/uploads/"),
        ada.ask("POST", "/uploads/", b"", Cookie=None),
        ada.patch(path, picture, 0),
    ]
    assert {reply.headers["Tus-Resumable"] for reply in replies} == {"1.0.0"}
    assert [reply.status for reply in replies] == [200, 404, 409, 405, 405, 401, 204]


# --- HEAD


def test_head_tells_offset_and_length_and_is_not_stored(ada, new, picture):
    path = new(len(picture))
    reply = ada.where(path)
    assert (reply.status, reply.offset) == (200, 0)
    assert reply.headers["Upload-Length"] == str(len(picture))
    assert "no-store" in reply.headers["Cache-Control"]
    assert ada.patch(path, picture[:1000], 0).offset == 1000
    assert ada.where(path).offset == 1000


@pytest.mark.parametrize(
    "name", ["x" * 32, "short", "x" * 33, "%00" * 32, "ä", "..%2f"]
)
def test_unknown_and_malformed_ids_are_not_found(ada, name):
    for method in ("HEAD", "PATCH", "DELETE"):
        path = f"/uploads/{name.encode('latin-1').decode('latin-1')}/"
        reply = ada.ask(
            method, path.replace("ä", "%C3%A4"), b"", Content_Type=BODY_TYPE
        )
        assert (reply.status, "Upload-Offset" in reply.headers) == (404, False)


# --- PATCH


def test_the_last_bytes_bring_the_acknowledgment(ada, new, picture):
    path = new(len(picture))
    reply = ada.patch(path, picture[:40_000], 0)
    assert (reply.status, reply.offset) == (204, 40_000)
    assert "Mycenas-Token" not in reply.headers
    reply = ada.patch(path, picture[40_000:], 40_000)
    assert (reply.status, reply.offset) == (204, len(picture))
    ticket = entry()
    assert reply.headers["Mycenas-Token"] == ticket.token
    assert reply.headers["Mycenas-Receipt"] == ada.url + ticket.receipt_url
    assert (ticket.state, ticket.size) == (S.RECEIVED, len(picture))
    assert ticket.sha256 == hashlib.sha256(picture).hexdigest()
    assert kept() == picture
    assert not left_in_staging()


@pytest.mark.parametrize("kind", [None, "application/octet-stream", "image/jpeg"])
def test_another_content_type_is_refused(ada, new, picture, kind):
    path = new(len(picture))
    assert ada.patch(path, picture, 0, Content_Type=kind).status == 415
    assert ada.where(path).offset == 0


@pytest.mark.parametrize("offset", [1, 999, 10**17])
def test_another_offset_conflicts_and_changes_nothing(ada, new, picture, offset):
    path = new(len(picture))
    reply = ada.patch(path, picture[:10], offset)
    assert (reply.status, reply.offset) == (409, 0)
    assert ada.where(path).offset == 0


@pytest.mark.parametrize("offset", [None, "-1", "x", "", "1e3", "9" * 40])
def test_an_offset_that_is_no_number_is_refused(ada, new, picture, offset):
    path = new(len(picture))
    assert ada.patch(path, picture, 0, Upload_Offset=offset).status == 400


def test_bytes_beyond_the_length_are_refused(ada, new, picture):
    path = new(len(picture))
    reply = ada.patch(path, picture + b"more", 0)
    assert (reply.status, reply.code) == (413, "beyond_length")
    assert ada.where(path).offset == 0


def test_chunked_bytes_beyond_the_length_are_refused(ada, new, picture):
    path = new(1000)
    with ada.connection() as line:
        opening = ada.head(
            "PATCH",
            path,
            Content_Type=BODY_TYPE,
            Upload_Offset="0",
            Transfer_Encoding="chunked",
        )
        line.sendall(opening + b"400\r\n" + picture[:1024] + b"\r\n0\r\n\r\n")
        line.settimeout(30)
        assert b" 413 " in line.recv(100)
    assert entry().state == S.RESERVED


def test_chunked_bytes_are_taken_as_they_come(ada, new, picture):
    path = new(1024)
    with ada.connection() as line:
        opening = ada.head(
            "PATCH",
            path,
            Content_Type=BODY_TYPE,
            Upload_Offset="0",
            Transfer_Encoding="chunked",
        )
        line.sendall(opening + b"400\r\n" + picture[:1024] + b"\r\n0\r\n\r\n")
        assert b" 204 " in line.recv(100)
    assert kept() == picture[:1024]


def test_an_empty_patch_moves_nothing(ada, new, picture):
    path = new(len(picture))
    assert (ada.patch(path, b"", 0).status, ada.where(path).offset) == (204, 0)


def test_a_finished_upload_says_so_and_takes_no_more(ada, new, picture):
    path = new(len(picture))
    token = ada.patch(path, picture, 0).headers["Mycenas-Token"]
    reply = ada.where(path)
    assert (reply.offset, "Mycenas-Token" in reply.headers) == (len(picture), False)
    assert ada.patch(path, picture, 0).status == 409
    assert ada.patch(path, b"more", len(picture)).status == 409
    assert ada.patch(path, b"", len(picture)).status == 204
    assert Submission.objects.get().token == token
    assert kept() == picture


# --- who


def test_an_upload_is_made_with_session_and_csrf_token(ada, picture):
    for wrong in (None, "d" * 32):
        assert ada.create(10, X_CSRFToken=wrong).code == "csrf"
    for cookie in (None, f"csrftoken={CSRF}"):
        assert ada.create(10, Cookie=cookie).status == 401
    assert not Upload.objects.exists()


# --- lines that break


def test_bytes_before_a_cut_are_kept(served, ada, new):
    """All but what the server had read ahead, less than a mebibyte."""
    # Who asks meanwhile is no newcomer to give way to.
    served.gateway.locks._stall_seconds = 60
    data = JPEG_HEAD + bytes(5 * MEBIBYTE)
    path = new(len(data))
    with ada.connection() as line:
        ada.begin_patch(line, path, 0, len(data))
        line.sendall(data[: 4 * MEBIBYTE])
        line.shutdown(socket.SHUT_WR)
    offset = ada.wait_for_offset(path, at_least=3 * MEBIBYTE)
    assert offset <= 4 * MEBIBYTE
    reply = ada.patch(path, data[offset:], offset)
    assert (reply.status, kept() == data) == (204, True)


def test_a_silent_writer_gives_way_and_its_bytes_are_kept(ada, new, picture):
    path = new(len(picture))
    with ada.connection() as line:
        ada.begin_patch(line, path, 0, len(picture))
        line.sendall(picture[:60_000])
        # The silent one is asked to keep what it has, whoever comes.
        assert ada.wait_for_offset(path, at_least=1) == 60_000
        assert ada.patch(path, picture[60_000:], 60_000).status == 204
        assert b" 423 " in line.recv(100)
    assert kept() == picture


def test_a_writer_at_work_keeps_a_second_one_out(served, ada, new, picture):
    path = new(len(picture))
    served.gateway.locks._stall_seconds = 60
    with ada.connection() as line:
        ada.begin_patch(line, path, 0, len(picture))
        line.sendall(picture[:60_000])
        replies = (ada.patch(path, b"", 0) for _ in range(1000))
        second = next(reply for reply in replies if reply.status != 204)
        assert (second.status, second.code) == (423, "locked")
        assert int(second.headers["Retry-After"]) > 0
        line.sendall(picture[60_000:])
        assert b" 204 " in line.recv(100)
    assert kept() == picture


def test_a_writer_in_another_process_keeps_a_second_one_out(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture[:60_000], 0)
    part = store().partial_file(Upload.objects.get().part)
    assert part.found == 60_000
    assert ada.patch(path, picture[60_000:], 60_000).status == 423
    assert ada.ask("DELETE", path).status == 423
    part.discard()
    assert ada.patch(path, picture[60_000:], 60_000).status == 204


def test_a_writer_that_falls_silent_for_good_is_told_where_it_is(
    transactional_db, picture
):
    with Served(idle_seconds=0.3) as hasty:
        ada = Sender(hasty.url, person())
        told = ada.reserve(contest(), size=len(picture))
        path = told["upload_url"].removeprefix(ada.url)
        with ada.connection() as line:
            ada.begin_patch(line, path, 0, len(picture))
            line.sendall(picture[:60_000])
            reply = Reply(line, "PATCH")
        assert (reply.status, reply.code) == (408, "too_slow")
        assert ada.where(path).offset == 60_000


def test_offset_and_reality_differ_after_a_loss_and_it_begins_again(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture[:60_000], 0)
    store().remove_partial_file(Upload.objects.get().part)
    assert ada.patch(path, picture[60_000:], 60_000).offset == 0
    assert ada.patch(path, picture, 0).status == 204
    assert kept() == picture
