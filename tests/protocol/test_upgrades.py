"""Requests that offer another protocol are answered as any other."""

from __future__ import annotations

import pytest

from tests.protocol.raw.sending import put, take_ticket
from tests.protocol.test_heads import GET, POST, Answer, ends, read, serving
from tests.protocol.tus.conftest import ada, competition, picture, served
from tests.protocol.tus.serving import Sender

__all__ = ["ada", "competition", "picture", "served"]

OFFERS = {
    "HTTP/2": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    "WebSocket": b"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n",
    "TLS": b"Connection: upgrade\r\nUpgrade: TLS/1.0\r\n",
}
OFFER = pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
KNOWN = b"Content-Length: 5\r\n\r\nhello"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
BODIES = pytest.mark.parametrize("body", [KNOWN, CHUNKED], ids=["known", "chunked"])


@pytest.fixture(scope="module")
def connect():
    with serving() as connect:
        yield connect


def without_number(answer: Answer) -> bytes:
    """The body of the request, which the application gives back."""
    return answer.body.partition(b" ")[2]


@OFFER
@BODIES
def test_its_body_is_one(connect, offer, body):
    answer = Answer(connect(POST + offer + body))
    assert (answer.status, without_number(answer)) == (200, b"hello")


@BODIES
def test_its_body_is_one_however_it_comes(connect, body):
    message = POST + OFFERS["HTTP/2"] + body
    for end in range(1, len(message)):
        line = connect(message[:end], message[end:])
        assert without_number(Answer(line)) == b"hello", message[:end]
        line.close()


@OFFER
@BODIES
def test_others_follow_it(connect, offer, body):
    others = [GET, GET[:-2] + offer + b"\r\n", POST + offer + KNOWN]
    line = connect(*(POST + offer + body + other for other in others), GET)
    with line.makefile("rb") as stream:
        answers = [read(stream).partition(b" ")[2] for _ in range(7)]
    assert answers == [b"hello", b"", b"hello", b"", b"hello", b"hello", b""]


def test_many_of_them_are_sent_ahead(connect):
    offer = GET[:-2] + OFFERS["HTTP/2"] + b"\r\n"
    with connect(offer * 1000).makefile("rb") as stream:
        assert [read(stream) for _ in range(1000)] == [b"4 "] * 1000


def test_it_is_one_request(connect):
    """Of an application that counts its headers."""
    plain = Answer(connect(POST + KNOWN)).body
    offered = Answer(connect(POST + OFFERS["HTTP/2"] + KNOWN)).body
    assert (plain, offered) == (b"2 hello", b"5 hello")


def test_a_connect_has_no_tunnel(connect):
    line = connect(b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", GET)
    assert Answer(line).status == 400
    assert ends(line)


@pytest.mark.parametrize("close", [b"Connection: close\r\n", b""])
def test_its_end_of_the_connection_is_kept(connect, close):
    line = connect(POST.replace(b"1.1", b"1.0") + close + OFFERS["TLS"] + KNOWN)
    assert without_number(Answer(line)) == b"hello"
    assert ends(line)


@pytest.mark.parametrize("name", ["HTTP/2", "TLS"])
def test_a_file_comes_with_an_offer(name, ada: Sender, competition, picture):
    path = take_ticket(ada, competition)
    lines = OFFERS[name].decode().strip()
    assert put(ada, path, picture, Accept=f"*/*\r\n{lines}").status == 202


def test_the_parser_finds_faults_after_an_offer(connect):
    line = connect(POST + OFFERS["HTTP/2"] + CHUNKED.replace(b"2\r\nhe", b"x\r\nhe"))
    assert Answer(line).status == 400
