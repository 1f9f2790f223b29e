"""Request heads over real sockets: their size, their time, and how many at once."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPResponse
from pathlib import Path
from typing import IO

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mycenas.core.http.network import network_around
from mycenas.serving.limits import (
    LONGEST,
    RESERVED_FILES,
    ConnectionLimits,
    connections_within,
)
from mycenas.serving.protocol import BoundedProtocol
from tests.serving import make_server

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 20
LIMITS = ConnectionLimits()
# Only what is being tested runs out.
HASTY = ConnectionLimits(head_seconds=0.3, slow_after=0.3)
CROWDED = ConnectionLimits(slow_after=0.05, slow_heads=5, head_seconds=60)
HALF = b"GET / HTTP/1.1\r\nHost: example.org\r\nX-Half: "
END = b"\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: example.org\r\n"
CHUNKED = (
    b"POST / HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n"
)
MUCH = 100_000


async def application(scope, receive, send):
    """Answer with the number of headers, and the body, once it is there."""
    if scope["type"] == "lifespan":
        for moment in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{moment}.complete"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message["more_body"]
    answer = b"%d %s" % (len(scope["headers"]), body)
    length = str(len(answer)).encode()
    headers = [(b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@contextmanager
def serving(limits=LIMITS, protocol=BoundedProtocol):
    """A server on a free port; the function that connects to it."""
    chosen = type("Chosen", (protocol,), {"limits": limits})
    server = make_server(application, patience=1, protocol=chosen)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        with ExitStack() as stack:

            def connect(*pieces: bytes, source: str = "127.0.0.1") -> socket.socket:
                line = socket.create_connection(
                    listener.getsockname(), PATIENCE, source_address=(source, 0)
                )
                stack.enter_context(line)
                for piece in pieces:
                    line.sendall(piece)
                return line

            try:
                yield connect
            finally:
                server.should_exit = True
                thread.join(PATIENCE)
                assert not thread.is_alive()


@pytest.fixture(scope="module")
def connect():
    with serving() as connect:
        yield connect


class Answer:
    """What the server said, read to its end."""

    def __init__(self, line: socket.socket) -> None:
        response = HTTPResponse(line)
        response.begin()
        self.status, self.headers = response.status, response.headers
        self.body = response.read()
        self.text = self.body.decode("latin-1")


def ends(line: socket.socket) -> bool:
    return line.recv(1) == b""


# --- size

TOO_LARGE = {
    "one value": b"GET / HTTP/1.1\r\nHost: a\r\nX-Much: %s\r\n\r\n" % (b"a" * MUCH),
    "one name": b"GET / HTTP/1.1\r\nHost: a\r\n%s: 1\r\n\r\n" % (b"a" * MUCH),
    "the address": b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * MUCH),
    "together": GET[:-2] + b"X-Some: %0600d\r\n" % 0 * 150 + b"\r\n",
    "no end": b"GET / HTTP/1.1\r\nHost: a\r\nX-Much: %s" % (b"a" * 8_000_000),
    "blank lines": b"\r\n" * MUCH,
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_a_large_head_is_refused_and_the_client_reads_why(connect, what):
    line = connect(TOO_LARGE[what])
    refused = Answer(line)
    assert (refused.status, refused.headers["Connection"]) == (431, "close")
    assert "more than 65536 bytes" in refused.text
    assert ends(line)


def test_without_the_limits_it_is_kept_in_memory_and_answered():
    with serving(protocol=HttpToolsProtocol) as connect:
        for what in ("one value", "one name", "together"):
            assert Answer(connect(TOO_LARGE[what])).status == 200


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 431)])
def test_the_limit_is_exact(connect, more, status):
    start = b"GET / HTTP/1.1\r\nHost: a\r\nX-Much: "
    value = b"a" * (LIMITS.head_bytes - len(start) - len(END) + more)
    assert Answer(connect(start + value + END)).status == status


@pytest.mark.parametrize(("count", "status"), [(199, 200), (200, 431)])
def test_headers_are_counted(connect, count, status):
    head = b"GET / HTTP/1.1\r\nHost: a\r\n%s\r\n" % (b"X-Some: 1\r\n" * count)
    assert Answer(connect(head)).status == status


@pytest.mark.parametrize("name", LONGEST)
@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 431)])
def test_headers_with_parameters_are_short(connect, name, more, status):
    """A Content-Type of 60 kB took 14 seconds, in which no request was answered."""
    value = b'a/b; x="'.ljust(LONGEST[name] + more, b";")
    head = b"GET / HTTP/1.1\r\nHost: a\r\n%s: %s\r\n\r\n" % (name.title(), value)
    answer = Answer(connect(head))
    assert answer.status == status
    assert ("Shorten it." in answer.text) == bool(more)


def test_each_request_of_a_connection_has_the_whole_limit(connect):
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX-Much: %s\r\n\r\n" % (b"a" * 40_000)
    line = connect()
    for _ in range(4):
        line.sendall(head)
        assert Answer(line).text == "2 "


def test_requests_sent_ahead_are_answered_in_turn_and_the_last_is_refused(connect):
    head = POST + b"X-Much: %s\r\nContent-Length: 1\r\n\r\n"
    head %= b"a" * 40_000
    requests = [head + b"%d" % number for number in range(8)]
    line = connect(*requests, TOO_LARGE["one value"])
    with line.makefile("rb") as stream:
        for number in range(8):
            assert read(stream).endswith(b"3 %d" % number)
        assert b"431" in stream.readline()


def read(stream: IO[bytes]) -> bytes:
    """One answer; what follows it stays in the stream."""
    assert b" 200 " in stream.readline()
    length = 0
    while (header := stream.readline()) != b"\r\n":
        if header.lower().startswith(b"content-length"):
            length = int(header.split(b":")[1])
    return stream.read(length)


def test_many_small_requests_sent_ahead_are_all_answered(connect):
    line = connect(GET * 1000)
    with line.makefile("rb") as stream:
        assert [read(stream) for _ in range(1000)] == [b"1 "] * 1000


def test_garbage_behind_a_request_costs_it_no_Answer(connect):
    line = connect(GET + b"garbage\r\n\r\n")
    with line.makefile("rb") as stream:
        assert read(stream) == b"1 "
        assert b" 400 " in stream.readline()


def test_trailers_are_no_headers(connect):
    line = connect(CHUNKED, b"0\r\nX-Trailer: 1\r\n\r\n", GET)
    with line.makefile("rb") as stream:
        assert [read(stream), read(stream)] == [b"2 hello", b"1 "]


@pytest.mark.parametrize(
    "framing", [b"0\r\nX-Trailer: " + b"a" * MUCH, b"5;" + b"a" * MUCH]
)
def test_large_trailers_and_framing_are_refused(connect, framing):
    line = connect(CHUNKED + framing)
    refused = Answer(line)
    assert refused.status == 431
    assert "Send no trailers." in refused.text
    assert ends(line)


def test_large_bodies_are_not_concerned(connect):
    body = bytes(range(256)) * 4096
    head = POST + b"Content-Length: %d\r\n\r\n" % len(body)
    assert Answer(connect(head, body)).body == b"2 " + body


def test_an_upgrade_is_still_answered_as_a_page(connect):
    head = GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert Answer(connect(head)).status == 200


# --- host


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"Host: a\r\nHost: a\r\n",
        b"Host: a\r\nX-Some: 1\r\nhOST: b\r\n",
        b"Host:\r\n",
        b"Host: a, b\r\n",
        b"Host: a/b\r\n",
        b"Host: user@a\r\n",
        b"Host: a:port\r\n",
        b"Host: a b\r\n",
    ],
)
@pytest.mark.parametrize("line", [b"GET /", b"POST /uploads/x/", b"OPTIONS *"])
def test_a_request_names_one_host(connect, line, lines):
    refused = Answer(connect(line + b" HTTP/1.1\r\n" + lines + END[2:]))
    assert (refused.status, refused.headers["Connection"]) == (400, "close")
    assert "one Host header" in refused.text


@pytest.mark.parametrize(
    "address", [b"http://[/", b"http:///", b"http://a:65536/", b"/#part=1"]
)
@pytest.mark.parametrize("before", [b"", GET])
def test_an_address_that_cannot_be_parsed_is_refused(connect, before, address):
    line = connect(before + b"GET " + address + b" HTTP/1.1\r\nHost: a" + END)
    with line.makefile("rb") as stream:
        if before:
            assert read(stream) == b"1 "
        assert b" 400 " in stream.readline()


def test_two_hosts_are_refused_in_http_1_0_too(connect):
    line = b"GET / HTTP/1.0\r\n"
    assert Answer(connect(line + b"Host: a\r\nHost: a\r\n\r\n")).status == 400
    assert Answer(connect(line + b"\r\n")).status == 200


@pytest.mark.parametrize("host", [b"a.example:8000", b"[::1]:80", b"127.0.0.1", b"a_b"])
def test_hosts_as_addresses_have_them(connect, host):
    assert Answer(connect(b"GET / HTTP/1.1\r\nHost: " + host + END)).status == 200


def test_a_request_sent_ahead_without_a_host_costs_no_other_its_answer(connect):
    line = connect(GET + b"GET / HTTP/1.1\r\n\r\n")
    with line.makefile("rb") as stream:
        assert read(stream) == b"1 "
        assert b" 400 " in stream.readline()


# --- time


def test_a_head_that_does_not_end_is_answered_in_time():
    with serving(HASTY) as connect:
        line = connect(HALF)
        # Bytes that go on coming give it no more time.
        while not select.select([line], [], [], 0.02)[0]:
            line.sendall(b"a")
        late = Answer(line)
        assert (late.status, late.headers["Connection"]) == (408, "close")
        assert "within 0.3 seconds" in late.text
        assert ends(line)


def test_the_second_head_has_its_time_too():
    with serving(HASTY) as connect:
        line = connect(GET)
        assert Answer(line).status == 200
        line.sendall(HALF)
        assert Answer(line).status == 408


def test_a_connection_without_a_byte_ends_without_an_Answer():
    with serving(HASTY) as connect:
        assert ends(connect())


def test_a_slow_body_is_not_concerned():
    with serving(HASTY) as connect:
        line = connect(POST + b"Content-Length: 4\r\n\r\nsl")
        assert Answer(connect(HALF)).status == 408
        line.sendall(b"ow")
        assert Answer(line).text == "2 slow"


def test_without_the_limits_a_head_is_waited_for():
    with serving(HASTY) as bounded, serving(protocol=HttpToolsProtocol) as plain:
        line = plain(HALF)
        assert Answer(bounded(HALF)).status == 408
        assert not select.select([line], [], [], 0)[0]
        line.sendall(END)
        assert Answer(line).status == 200


# --- how many


def test_an_address_has_a_number_of_slow_heads():
    with serving(CROWDED) as connect:
        others = [connect(HALF, source="127.0.0.2") for _ in range(5)]
        lines = [connect(HALF) for _ in range(20)]
        refused = wait_for(lines, 15)
        for line in refused:
            full = Answer(line)
            assert (full.status, full.headers["Retry-After"]) == (503, "60")
            assert "More than 5 connections of your network address" in full.text
        # Quick heads are not concerned, and those that were counted may go on.
        assert Answer(connect(GET)).status == 200
        for line in [*others, *(set(lines) - set(refused))]:
            line.sendall(END)
            assert Answer(line).status == 200
        # A head that has come whole no longer counts.
        lines = [connect(HALF) for _ in range(6)]
        assert len(wait_for(lines, 1)) == 1


def wait_for(lines: list[socket.socket], count: int) -> list[socket.socket]:
    """The lines that have something to say, at least so many."""
    poll = {line.fileno(): line for line in lines}
    waiting = select.poll()
    for number in poll:
        waiting.register(number, select.POLLIN)
    found: set[int] = set()
    while len(found) < count:
        ready = waiting.poll(PATIENCE * 1000)
        assert ready
        for number, _ in ready:
            waiting.unregister(number)
            found.add(number)
    return [poll[number] for number in found]


def test_a_trusted_proxy_is_not_counted(settings):
    settings.TRUSTED_PROXIES = ["127.0.0.2"]
    with serving(CROWDED) as connect:
        lines = [connect(HALF, source="127.0.0.2") for _ in range(20)]
        assert len(wait_for([connect(HALF) for _ in range(6)], 1)) == 1
        for line in lines:
            line.sendall(END)
            assert Answer(line).status == 200


def test_a_rush_of_quick_requests_is_taken_whole():
    with serving(replace(CROWDED, slow_after=10)) as connect:
        lines = [connect() for _ in range(300)]
        for line in lines:
            line.sendall(GET)
        assert {Answer(line).status for line in lines} == {200}


def test_half_heads_keep_nobody_out_of_a_server_that_is_full():
    with serving(replace(LIMITS, connections=50)) as connect:
        lines = [connect(HALF, source="127.0.0.2") for _ in range(200)]
        assert Answer(connect(GET)).status == 200
        given_up = wait_for(lines, 150)
        assert {Answer(line).status for line in given_up} == {503}


def test_a_server_full_of_requests_says_so_at_once():
    with serving(replace(LIMITS, connections=5)) as connect:
        head = POST + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n"
        lines = [connect(head) for _ in range(5)]
        for line in lines:
            assert b" 100 " in line.recv(100)
        full = Answer(connect(GET))
        assert (full.status, full.headers["Retry-After"]) == (503, "10")
        for line in lines:
            line.sendall(b"x")
            assert Answer(line).status == 200


def test_each_connection_may_need_a_second_file():
    assert connections_within(1024, 4000) == (1024 - RESERVED_FILES) // 2
    assert connections_within(1_000_000, 4000) == 4000
    assert connections_within(100, 4000) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_network_counts_as_one_address(address, network):
    assert network_around(address) == network


# --- where


def test_every_start_of_the_site_has_the_limits():
    starts = [PROJECT / "Dockerfile"]
    for folder in ("mycenas", "tests", "benchmarks"):
        starts += (PROJECT / folder).rglob("*.py")
    for path in starts:
        text = path.read_text()
        if "uvicorn mycenas.asgi:application" in text or '"-m", "uvicorn"' in text:
            assert "mycenas.serving.protocol:BoundedProtocol" in text, path
