"""Requests on their way to WSGI."""

from __future__ import annotations

import asyncio

from mycenas.storage import Store
from mycenas.uploads.requests import Limits, Request, unambiguous
from tests.serving import Site, gateway


def test_headers_that_could_pass_for_others_are_dropped():
    headers = [(b"x_real", b"forged"), (b"x-real", b"1"), (b"host", b"a")]
    assert unambiguous(headers) == [(b"x-real", b"1"), (b"host", b"a")]


def test_cookie_headers_become_one():
    headers = [(b"cookie", b"a=1"), (b"host", b"a"), (b"cookie", b"b=2")]
    assert unambiguous(headers) == [(b"host", b"a"), (b"cookie", b"a=1; b=2")]


def scope(*headers, version: str = "2", kind: str = "http") -> dict:
    return {
        "type": kind,
        "method": "POST",
        "path": "/shop/page/",
        "root_path": "/shop",
        "query_string": b"",
        "http_version": version,
        "headers": list(headers),
    }


def visit(folder, scope: dict, *messages: dict) -> tuple[Site, list[dict]]:
    """Call the gateway as a server would; what it sent."""
    waiting, sent = list(messages), []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    store = Store(folder)
    site = Site(store)
    application = gateway(site, store, Limits(upload_bytes=1000))
    asyncio.run(application(scope, receive, send))
    return site, sent


def test_http_2_needs_no_length_for_a_body(tmp_path):
    message = {"type": "http.request", "body": b"words", "more_body": False}
    site, sent = visit(tmp_path, scope(), message)
    environ, body = site.calls[0]
    assert body == b"words"
    assert environ["CONTENT_LENGTH"] == "5"
    assert environ["SCRIPT_NAME"] == "/shop"
    assert environ["PATH_INFO"] == "/page/"
    assert sent[0]["status"] == 200


def test_two_lengths_are_no_length(tmp_path):
    lengths = [(b"content-length", b"5"), (b"content-length", b"6")]
    message = {"type": "http.request", "body": b"words!", "more_body": False}
    site, sent = visit(tmp_path, scope(*lengths, version="1.1"), message)
    assert sent[0]["status"] == 400
    assert site.calls == []


def test_websockets_are_closed(tmp_path):
    _, sent = visit(tmp_path, scope(kind="websocket"), {"type": "websocket.connect"})
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_the_address_below_the_sites_root_decides():
    async def receive():
        return {}

    request = Request(scope(), receive, Limits(upload_bytes=1))
    assert request.path == "/page/"
