"""What no client should send, and some do: answered, not kept, no thread lost."""

from __future__ import annotations

import hashlib
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException

import pytest

from mycenas.core.db import database
from mycenas.storage import store
from submissions.models import Submission, Upload
from submissions.receipts import workflow as receipts
from submissions.states import SubmissionState as S
from tests.factories import expire
from tests.protocol.tus.serving import (
    BODY_TYPE,
    MEBIBYTE,
    Reply,
    Sender,
    Served,
    metadata,
    path_of,
)
from tests.protocol.tus.world import JPEG_HEAD, contest, kept, person

NO_NUMBERS = ["-1", "+1", "1.0", "1e3", "0x10", "1_000", "1 2", "", " ", "9" * 40, "٣"]
PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def _nothing_is_lost(ada):
    """Afterwards every thread answers again, and what is received is whole."""
    yield
    with ThreadPoolExecutor(16) as pool:
        asked = pool.map(lambda _: ada.where("/uploads/").status, range(16))
    assert set(asked) == {405}
    for entry in Submission.objects.filter(received_at__isnull=False):
        data = store().original_path(str(entry.original)).read_bytes()
        assert (entry.size, len(data)) == (entry.upload.length, entry.size)
        assert hashlib.sha256(data).hexdigest() == entry.sha256


def untouched(ada, path):
    reply = ada.where(path)
    return (reply.status, reply.offset) == (200, 0)


def with_header(opening: bytes, line: str) -> bytes:
    """The first lines of a request with another one, whatever is in it."""
    return opening[:-2] + f"{line}\r\n\r\n".encode()


def raw(ada, opening: bytes, body: bytes = b"") -> Reply | None:
    """The answer to bytes as they are; None if the line was closed without one."""
    with ada.connection() as line:
        line.sendall(opening)
        with suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(body)
        with suppress(HTTPException, ConnectionResetError):
            return Reply(line, "PATCH")
    return None


# --- numbers


def test_an_upload_offset_that_is_no_number(ada, new, picture):
    path = new(len(picture))
    length = str(len(picture))
    opening = ada.head("PATCH", path, Content_Type=BODY_TYPE, Content_Length=length)
    for told in NO_NUMBERS:
        reply = raw(ada, with_header(opening, f"Upload-Offset: {told}"), picture)
        assert reply, told
        assert (reply.status, reply.code) == (400, "bad_header"), told
        assert reply.headers["Content-Type"] == PROBLEM
    assert untouched(ada, path)


def test_an_upload_length_that_is_no_number(ada, words):
    said = metadata(**words)
    opening = ada.head("POST", "/uploads/", Content_Length="0", Upload_Metadata=said)
    for told in NO_NUMBERS:
        reply = raw(ada, with_header(opening, f"Upload-Length: {told}"))
        assert reply, told
        assert (reply.status, reply.code) == (400, "bad_header"), told
    assert Upload.objects.get().length is None


def test_a_content_length_that_is_no_number(ada, new, picture):
    path = new(len(picture))
    opening = ada.head("PATCH", path, Content_Type=BODY_TYPE, Upload_Offset="0")
    for told in NO_NUMBERS:
        reply = raw(ada, with_header(opening, f"Content-Length: {told}"), picture)
        # HTTP's own parser may refuse it before anybody speaks tus.
        assert reply is None or reply.status == 400, told
    assert untouched(ada, path)


def test_two_content_lengths(ada, new, picture):
    path = new(len(picture))
    opening = ada.head("PATCH", path, Content_Type=BODY_TYPE, Upload_Offset="0")
    two = with_header(opening, "Content-Length: 5\r\nContent-Length: 100")
    reply = raw(ada, two, picture[:100])
    assert reply is None or reply.status == 400
    assert untouched(ada, path)


@pytest.mark.parametrize("size", [10**12, 10**17])
def test_a_huge_content_length(ada, new, picture, size):
    path = new(len(picture))
    with ada.connection() as line:
        ada.begin_patch(line, path, 0, size)
        # Nobody waits for what is refused already: the line is half closed.
        line.shutdown(socket.SHUT_WR)
        with suppress(HTTPException, ConnectionResetError):
            assert Reply(line, "PATCH").status == 413
    assert untouched(ada, path)


def test_a_content_length_shorter_than_the_bytes(ada, new, picture):
    """What follows is not the upload, and not a request either."""
    path = new(len(picture))
    with ada.connection() as line:
        ada.begin_patch(line, path, 0, 1000)
        line.sendall(picture)
        # The server may notice what follows before the answer is there.
        with suppress(HTTPException, ConnectionResetError):
            assert Reply(line, "PATCH").status in (204, 400)
    # The first writer may still be at it.
    replies = (ada.patch(path, b"", ada.where(path).offset) for _ in range(1000))
    offset = next(reply.offset for reply in replies if reply.status == 204)
    assert offset <= 1000
    assert ada.patch(path, picture[offset:], offset).status == 204


def test_a_content_length_longer_than_the_bytes(transactional_db, picture):
    """Given up after a pause; what came is kept."""
    with Served(idle_seconds=0.3) as hasty:
        ada = Sender(hasty.url, person())
        said = metadata(ticket=ada.reserve(contest())["token"])
        path = path_of(ada.create(len(picture), Upload_Metadata=said))
        with ada.connection() as line:
            ada.begin_patch(line, path, 0, len(picture))
            line.sendall(picture[:70_000])
            assert Reply(line, "PATCH").status == 408
        assert ada.where(path).offset == 70_000


def test_a_wrong_offset_in_every_place(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture[:1000], 0)
    for offset in (0, 999, 1001, len(picture), 2**53, 10**18 - 1):
        reply = ada.patch(path, picture[1000:2000], offset)
        assert (reply.status, reply.offset, reply.code) == (409, 1000, "offset")


# --- half-closed lines


@pytest.mark.parametrize("chunked", [False, True])
def test_half_closed_at_every_tenth_what_came_is_kept(ada, new, chunked):
    """Of each request, all that the server had not only read ahead."""
    data = JPEG_HEAD + os.urandom(MEBIBYTE)
    path = new(len(data))
    kind = {"Content_Type": BODY_TYPE}
    offset = 0
    for tenth in range(1, 10):
        end = len(data) * tenth // 10
        piece = data[offset:end]
        length = (
            {"Transfer_Encoding": "chunked"}
            if chunked
            else {"Content_Length": str(len(data) - offset)}
        )
        with ada.connection() as line:
            told = {**kind, **length, "Upload_Offset": str(offset)}
            line.sendall(ada.head("PATCH", path, **told))
            line.sendall(b"%x\r\n" % (len(data) - offset) * chunked + piece)
            line.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while line.recv(1000):
                    pass
        now = ada.where(path).offset
        assert offset <= now <= end
        assert Submission.objects.get().state == S.RESERVED
        offset = now
    assert ada.patch(path, data[offset:], offset).status == 204
    assert kept() == data


# --- metadata and names


def test_10_000_bytes_of_metadata_are_read(ada, words):
    said = metadata(**words, note="x" * 7_500)
    assert len(said) > 9_800
    assert ada.create(1000, Upload_Metadata=said).status == 201


@pytest.mark.parametrize("kibibytes", [33, 60, 1024])
def test_metadata_without_end(ada, words, kibibytes):
    said = metadata(**words, note="x" * (768 * kibibytes))
    opening = ada.head(
        "POST", "/uploads/", Upload_Length="9", Content_Length="0", Upload_Metadata=said
    )
    reply = raw(ada, opening)
    # HTTP's own parser may give up before anybody speaks tus.
    assert reply is None or reply.status in (400, 431)
    assert Upload.objects.get().length is None


NO_BASE64 = [
    "RHVzaw=", "RHVzaw", "RHV zaw==", "=", "\N{EM DASH}", "RHVzaw==\t!", "-_-_"
]  # fmt: skip


def test_bad_base64(ada, words):
    opening = ada.head("POST", "/uploads/", Upload_Length="9", Content_Length="0")
    for value in NO_BASE64:
        told = f"Upload-Metadata: {metadata(**words)},note {value}"
        reply = raw(ada, with_header(opening, told))
        assert reply, value
        assert (reply.status, reply.code) == (400, "bad_header"), value


NAMES = {
    "../../../etc/passwd": "passwd",
    "..": "..",
    "/etc/shadow": "shadow",
    "C:\\Windows\\work.jpg": "work.jpg",
    "CON": "CON",
    "nul.jpg": "nul.jpg",
    ".htaccess": ".htaccess",
    "work.jpg\r\nSet-Cookie: a=b": "work.jpgSet-Cookie: a=b",
    "gpj.\N{RIGHT-TO-LEFT OVERRIDE}exe": "gpj.exe",
    "צילום.jpg": "צילום.jpg",
    "x" * 5000: "x" * 255,
    "\N{CAMERA}" * 300: "\N{CAMERA}" * 255,
    " ": "",
}


def test_path_tricks_in_names(ada, new):
    """A name is for people only: it is shown without folders and never opened."""
    for name, shown in NAMES.items():
        data = JPEG_HEAD + os.urandom(100)
        path = new(len(data), filename=name)
        token = ada.patch(path, data, 0).headers["Mycenas-Token"]
        entry = Submission.objects.get(token=token)
        assert entry.original_name == (shown or entry.public_id)
        stored = store().original_path(str(entry.original)).resolve()
        assert store().root.resolve() in stored.parents
        assert stored.read_bytes() == data


def test_a_nul_in_a_name(ada, words):
    reply = ada.create(10, Upload_Metadata=metadata(**words, filename="a\0.jpg"))
    assert (reply.status, reply.code) == (400, "bad_header")


# --- uploads that are not one's own, or over


def test_another_persons_ticket(served, ada, new, picture):
    new(len(picture))
    said = metadata(ticket=Submission.objects.get().token)
    eve = Sender(served.url, person())
    told = {"Content_Type": BODY_TYPE, "Upload_Metadata": said}
    reply = eve.ask("POST", "/uploads/", picture, Upload_Length="9", **told)
    assert (reply.status, reply.code) == (404, "no_ticket")


@pytest.mark.parametrize("end", ["expired", "withdrawn"])
def test_an_upload_that_is_over(ada, new, picture, end):
    path = new(len(picture))
    ada.patch(path, picture[:1000], 0)
    entry = Submission.objects.get()
    if end == "expired":
        expire(entry)
    else:
        receipts.withdraw(entry, by=ada.user)
    for method in ("HEAD", "PATCH", "DELETE"):
        told = {"Content_Type": BODY_TYPE, "Upload_Offset": "1000"}
        reply = ada.ask(method, path, picture[1000:], **told)
        assert (reply.status, "Upload-Offset" in reply.headers) == (410, False)
    assert reply.code == "upload_over"


def test_bytes_that_end_after_the_time_is_over(ada, picture):
    """The piece began in time; its last bytes did not come in time."""
    place = contest(upload_window=timedelta(seconds=1))
    path = ada.reserve(place, size=len(picture))["upload_url"].removeprefix(ada.url)
    with ada.connection() as line:
        ada.begin_patch(line, path, 0, len(picture))
        line.sendall(picture[:50_000])
        while ada.where("/uploads/").status == 405 and not _is_over(path):
            pass
        line.sendall(picture[50_000:])
        reply = Reply(line, "PATCH")
    assert reply.status in (409, 410)
    assert Submission.objects.get().state == S.RESERVED


def _is_over(path: str) -> bool:
    upload = Upload.objects.select_related("submission").get()
    return database.now() > upload.submission.upload_until


def test_bytes_after_the_end(ada, new, picture):
    path = new(len(picture))
    ada.patch(path, picture, 0)
    for offset, data, status in (
        (0, picture, 409),
        (len(picture), b"more", 409),
        (len(picture) + 1, b"more", 409),
    ):
        reply = ada.patch(path, data, offset)
        assert (reply.status, reply.headers["Content-Type"]) == (status, PROBLEM)
    assert kept() == picture


# --- storms


def test_a_storm_of_heads_beside_a_writer(ada, new, picture):
    path = new(len(picture))
    with ada.connection() as line:
        ada.begin_patch(line, path, 0, len(picture))
        line.sendall(picture[:50_000])
        with ThreadPoolExecutor(16) as pool:
            replies = list(pool.map(lambda _: ada.where(path), range(100)))
    assert {reply.status for reply in replies} == {200}
    # The writer was silent, so it gave way and its bytes were kept.
    assert replies[-1].offset == 50_000
    assert ada.patch(path, picture[50_000:], 50_000).status == 204


def test_a_storm_of_writers_ends_in_one_file(ada, new, picture):
    path = new(len(picture))
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: ada.patch(path, picture, 0), range(32)))
    statuses = [reply.status for reply in replies]
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 409, 423}
    assert all(
        "Retry-After" in reply.headers for reply in replies if reply.status == 423
    )
    assert kept() == picture


# --- methods


def test_methods_that_are_not_of_the_protocol(ada, new):
    path = new(1000)
    for method in ("GET", "TRACE", "FROB"):
        assert ada.ask(method, path).status in (400, 405, 501)
    assert untouched(ada, path)
