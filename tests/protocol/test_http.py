"""HTTP itself, over real sockets: lengths, pauses, crowds, memory, a clean stop."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from mycenas.uploads.requests import Limits
from tests.serving import (
    MEBIBYTE,
    Reply,
    Served,
    connect,
    enter_head,
    field,
    file_part,
    form,
    head,
    listening_socket,
)

PROJECT = Path(__file__).resolve().parents[2]
FORM = form(field("title", "Dusk"), file_part(b"pixels"))
LIMITS = Limits(
    upload_bytes=4 * MEBIBYTE,
    form_bytes=2 * MEBIBYTE,
    overhead_bytes=1000,
    drain_bytes=64 * MEBIBYTE,
)
HASTY = Limits(upload_bytes=MEBIBYTE, idle_seconds=0.3)


@pytest.fixture
def served(tmp_path):
    with Served(tmp_path, limits=LIMITS) as served:
        yield served


@pytest.fixture
def hasty(tmp_path):
    with Served(tmp_path, limits=HASTY) as served:
        yield served


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


# --- lengths


def test_an_upload_in_chunks_needs_a_length(served):
    opening = enter_head("any", 0, Content_Length=None, Transfer_Encoding="chunked")
    reply = served.ask(opening, chunk(FORM), chunk(b""))
    assert reply.status == 411
    assert "Content-Length" in reply.body.decode()
    assert served.site.calls == []


def test_an_upload_without_a_length_is_refused(served):
    reply = served.ask(enter_head("any", 0, Content_Length=None))
    assert reply.status == 411


def test_a_too_large_upload_is_refused_before_any_page(served):
    body = bytes(5 * MEBIBYTE)
    reply = served.enter("any", body, Accept="application/json")
    assert reply.status == 413
    assert reply.json["limit"] == 4 * MEBIBYTE
    assert reply.json["found"] == len(body)
    assert reply.json["type"] == "urn:mycenas:problem:upload_too_large"
    assert served.site.calls == []


def test_an_announced_body_is_refused_before_it_is_sent(served):
    reply = served.ask(enter_head("any", 10**12, Expect="100-continue"))
    assert reply.status == 413
    assert reply.headers["connection"] == "close"


def test_more_than_is_worth_reading_is_not_read(served):
    with served.connect() as connection:
        connection.sendall(enter_head("any", 10**12))
        with pytest.raises(OSError, match=r"pipe|reset"):
            connection.sendall(bytes(400 * MEBIBYTE))
    assert served.site.calls == []


@pytest.mark.parametrize("length", ["-1", "+1", "1.5", "x", "1 2", "9" * 30])
def test_a_length_that_is_no_number_reaches_no_page(served, length):
    reply = served.ask(enter_head("any", 0, Content_Length=length))
    assert reply.status == 400
    assert served.site.calls == []


def test_bytes_beyond_the_declared_length_are_not_the_upload(served):
    with served.connect() as connection:
        connection.sendall(enter_head("any", len(FORM)) + FORM + head("GET", "/next/"))
        assert Reply(connection).json["staged"]["size"] == 6
    served.stop()
    assert served.site.asked == ["form", "begin", "complete", "page"]


def test_an_upload_shorter_than_declared_waits_and_is_refused(hasty):
    with hasty.connect() as connection:
        connection.sendall(enter_head("keep", len(FORM) + 1))
        connection.sendall(FORM)
        reply = Reply(connection)
    assert reply.status == 408
    assert hasty.site.asked == ["form", "begin"]
    assert hasty.left_in_staging() == []


def test_half_a_connection_closed_early_reaches_no_page(served):
    with served.connect() as connection:
        connection.sendall(head("POST", "/", Content_Length="100"))
        connection.sendall(b"half")
        connection.shutdown(socket.SHUT_WR)
    served.stop()
    assert served.site.calls == []


def test_a_form_half_closed_at_every_tenth_is_never_stored(served):
    body = form(field("title", "Dusk"), file_part(os.urandom(MEBIBYTE)))
    for tenth in range(10):
        with served.connect() as connection:
            sent = body[: len(body) * tenth // 10]
            connection.sendall(enter_head("keep", len(body)) + sent)
            connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while connection.recv(1000):
                    pass
    assert served.enter("keep", body).json["staged"]
    served.stop()
    assert served.site.asked.count("complete") == 1
    assert served.left_in_staging() == []
    assert len(list(served.store.originals())) == 1


# --- pauses


def test_a_sender_that_falls_silent_is_told_so(hasty):
    with hasty.connect() as connection:
        connection.sendall(enter_head("keep", len(FORM) + 10**6))
        connection.sendall(FORM[:-10])
        reply = Reply(connection)
        assert connection.recv(1) == b""
    assert reply.status == 408
    assert reply.headers["connection"] == "close"
    assert hasty.left_in_staging() == []


def test_a_silent_ordinary_form_reaches_no_page(hasty):
    reply = hasty.ask(head("POST", "/form/", Content_Length="100"), b"half")
    assert reply.status == 408
    assert hasty.site.calls == []


def test_silence_while_a_refusal_waits_ends_with_the_refusal(hasty):
    body = form(file_part(bytes(1000)))
    reply = hasty.ask(enter_head("refuse", len(body)), body[:-10])
    assert reply.status == 403
    assert reply.headers["connection"] == "close"


# --- ordinary requests


@pytest.mark.parametrize("size", [0, 1, 1000, 2 * MEBIBYTE])
def test_ordinary_bodies_arrive_whole(served, size):
    data = os.urandom(size)
    reply = served.ask(head("POST", "/form/", Content_Length=str(size)), data)
    assert reply.json["length"] == size
    assert reply.json["sha256"] == hashlib.sha256(data).hexdigest()
    assert served.site.asked == ["page"]


def test_an_ordinary_body_in_chunks_gets_its_length(served):
    opening = head("POST", "/form/", Transfer_Encoding="chunked")
    reply = served.ask(opening, chunk(b"first,"), chunk(b"second"), chunk(b""))
    assert reply.json["length"] == 12
    environ = served.site.calls[0][0]
    assert environ["CONTENT_LENGTH"] == "12"
    assert "HTTP_TRANSFER_ENCODING" not in environ


@pytest.mark.parametrize("chunked", [True, False])
def test_a_too_large_form_is_refused(served, chunked):
    data = bytes(2 * MEBIBYTE + 1)
    if chunked:
        opening = head("POST", "/form/", Transfer_Encoding="chunked")
        reply = served.ask(opening, chunk(data), chunk(b""))
    else:
        reply = served.ask(head("POST", "/", Content_Length=str(len(data))), data)
    assert reply.status == 413
    assert served.site.calls == []


def test_connections_are_used_again(served):
    with served.connect() as connection:
        for _ in range(3):
            connection.sendall(head("GET", "/page/"))
            assert Reply(connection).json["path"] == "/page/"
            connection.sendall(enter_head("any", len(FORM)) + FORM)
            assert Reply(connection).json["staged"]["size"] == 6


def test_raw_bytes_in_an_address_reach_no_page(served):
    reply = served.ask(b"GET /?q=\xff HTTP/1.1\r\nHost: a\r\n\r\n")
    assert reply.status == 400
    assert served.site.calls == []


def test_head_gives_no_body(served):
    (served.store.root / "picture").write_bytes(b"pixels")
    with served.connect() as connection:
        connection.sendall(head("HEAD", "/file/"))
        reply = Reply(connection, method="HEAD")
        assert (reply.headers["content-length"], reply.body) == ("6", b"")
        connection.sendall(head("GET", "/file/"))
        assert Reply(connection).body == b"pixels"


def test_a_long_page_arrives_whole(served):
    reply = served.ask(head("GET", "/long/"))
    assert reply.body == b"first " + bytes(3 * MEBIBYTE) + b" last"


def test_a_file_that_is_in_memory_only_arrives_too(served):
    assert served.ask(head("GET", "/report/")).body == b"made up"


def test_a_page_that_fails_is_answered(served):
    reply = served.ask(head("GET", "/file/"))
    assert reply.status == 500
    assert "on our side" in reply.body.decode()


# --- crowds


def test_pages_answer_beside_300_trickling_uploads(served):
    with ExitStack() as stack:
        for _ in range(150):
            for opening in (
                enter_head("any", 10**6) + FORM[:-20],
                head("POST", "/form/", Content_Length="1000") + b"x",
            ):
                connection = stack.enter_context(served.connect())
                connection.sendall(opening)
        assert served.ask(head("GET", "/page/")).status == 200
        assert served.enter("any", FORM).json["staged"]["size"] == 6


def test_pages_answer_beside_readers_that_do_not_read(served):
    picture = os.urandom(8 * MEBIBYTE)
    (served.store.root / "picture").write_bytes(picture)
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(served.connect())
            connection.sendall(head("GET", "/file/"))
        assert served.ask(head("GET", "/page/")).status == 200
        assert Reply(connection).body == picture


def test_an_upload_under_way_when_the_server_must_stop_leaves_nothing(tmp_path):
    with Served(tmp_path, limits=LIMITS, patience=0) as served:
        with served.connect() as connection:
            connection.sendall(enter_head("keep", 2 * MEBIBYTE))
            connection.sendall(FORM[:-20] + bytes(MEBIBYTE))
            served.site.begun.wait()
            served.stop()
        assert served.site.asked == ["form", "begin"]
        assert served.left_in_staging() == []


# --- a process of its own


@contextmanager
def process(folder: Path):
    listener, address = listening_socket()
    command = [sys.executable, "-m", "tests.serving", str(folder)]
    with listener:
        server = subprocess.Popen(
            [*command, str(listener.fileno())],
            cwd=PROJECT,
            pass_fds=[listener.fileno()],
        )
    try:
        yield server, address
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(Path(address).parent)


def memory(pid: int, line: str) -> int:
    """A line of the process's status, in bytes: VmRSS (now) or VmHWM (peak)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) * 1024


def upload(address: str, mebibytes: int) -> None:
    """Send so many MiB without holding them; the server must find their SHA-256."""
    opening, closing = form(file_part(b"|")).split(b"|")
    block = os.urandom(MEBIBYTE)
    digest = hashlib.sha256()
    length = len(opening) + len(closing) + mebibytes * MEBIBYTE
    with connect(address) as connection:
        connection.sendall(enter_head("any", length) + opening)
        for _ in range(mebibytes):
            connection.sendall(block)
            digest.update(block)
        connection.sendall(closing)
        assert Reply(connection).json["staged"]["sha256"] == digest.hexdigest()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_memory_stays_the_same_for_200_mebibytes(tmp_path):
    with process(tmp_path) as (server, address):
        upload(address, 4)
        before = memory(server.pid, "VmRSS")
        upload(address, 200)
        assert memory(server.pid, "VmHWM") - before < 32 * MEBIBYTE


def test_a_server_that_is_told_to_stop_stops_cleanly(tmp_path):
    with process(tmp_path) as (server, address):
        upload(address, 1)
    assert server.returncode == 0
    assert list((tmp_path / "staging").iterdir()) == []
