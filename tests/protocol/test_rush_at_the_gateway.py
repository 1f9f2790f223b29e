"""More than fits at once, over real sockets: turns, slow lines, storms of questions."""

from __future__ import annotations

import json
import os
import select
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from mycenas.uploads import capacity
from mycenas.uploads.requests import Limits
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.tus.serving import Sender
from tests.protocol.tus.serving import Served as Site
from tests.protocol.tus.world import CSRF, JPEG_HEAD, contest, person
from tests.serving import (
    BOUNDARY,
    MEBIBYTE,
    PATIENCE,
    Reply,
    Served,
    enter_head,
    field,
    file_part,
    form,
    head,
)

FORM = form(field("title", "Dusk"), file_part(os.urandom(1000)))
JSON = "application/json"
# No place and no room to wait for one: everybody is asked to come again.
FULL = {"files_at_once": 0, "queue_length": 0, "queue_seconds": 4}


def limits(**more: Any) -> Limits:
    return Limits(upload_bytes=4 * MEBIBYTE, **more)


# --- turns


def wait_until_full(served: Served) -> None:
    """Until a file holds the last place; who is asked about a page waits meanwhile."""
    for _ in range(5000):
        if served.gateway.slots.is_full:
            return
        served.ask(head("GET", "/page/"))
    raise AssertionError("no file took the last place")


def test_a_file_waits_for_its_turn_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(capacity, "SLOW_CLIENT_SECONDS", PATIENCE)
    with (
        Served(tmp_path, limits=limits(files_at_once=1)) as served,
        served.connect() as first,
        served.connect() as second,
    ):
        first.sendall(enter_head("any", len(FORM)) + FORM[:-10])
        wait_until_full(served)
        served.site.begun.clear()
        second.sendall(enter_head("any", len(FORM)) + FORM)
        assert served.site.begun.wait(PATIENCE)
        assert served.ask(head("GET", "/page/")).status == 200
        assert "complete" not in served.site.asked
        first.sendall(FORM[-10:])
        assert Reply(first).status == 200
        assert Reply(second).json["staged"]["size"] == 1000


def test_slow_lines_leave_the_places_to_others(tmp_path):
    with (
        Served(tmp_path, limits=limits(files_at_once=2)) as served,
        ExitStack() as stack,
    ):
        slow = [stack.enter_context(served.connect()) for _ in range(12)]
        for connection in slow:
            connection.sendall(enter_head("any", len(FORM)) + FORM[:-10])
        assert served.enter("any", FORM).status == 200
        for connection in slow:
            connection.sendall(FORM[-10:])
        assert [Reply(connection).status for connection in slow] == [200] * 12


# --- no room: form, JSON and tus


@pytest.fixture
def full(transactional_db, fresh_cache, settings):
    settings.WHITENOISE_USE_FINDERS = True
    with Site(stall_seconds=0, **FULL) as site:
        yield site


def enter(sender, competition, accept):
    body = form(
        field("csrfmiddlewaretoken", CSRF),
        field("title", "Dusk"),
        field("accept_rules", "on"),
        field("idempotency_key", "rush-key-1"),
        file_part(JPEG_HEAD + bytes(100_000)),
    )
    path = reverse("submissions:enter", args=[competition.slug])
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return sender.ask("POST", path, body, Content_Type=kind, Accept=accept)


def path_in(told: dict[str, Any]) -> str:
    return urlsplit(str(told["upload_url"])).path


def assert_says_when(reply):
    assert reply.status == 503
    assert 1 <= int(reply.headers["Retry-After"]) <= 6
    assert reply.headers["RateLimit-Policy"] == '"files";q=0;qu="concurrent-requests"'
    assert reply.headers["RateLimit"].startswith('"files";r=0;t=')


def test_a_form_that_must_wait_has_arrived_and_keeps_its_words(full):
    ada = Sender(full.url, person())
    reply = enter(ada, contest(), "text/html")
    ticket = Submission.objects.get()
    assert (ticket.state, ticket.title) == (S.RESERVED, "Dusk")
    place = reply.headers["Location"]
    assert reply.status == 303
    assert place.endswith(f"/enter/?ticket={ticket.token}&why=busy")
    page = ada.ask("GET", place, Accept="text/html").body.decode()
    assert 'value="Dusk"' in page
    assert "Very many files were arriving" in page


def test_a_program_that_must_wait_has_arrived(full):
    reply = enter(Sender(full.url, person()), contest(), JSON)
    assert_says_when(reply)
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.code == "busy"
    assert reply.json["arrived_at"]
    assert Submission.objects.get().state == S.RESERVED


def test_a_piece_that_must_wait_hears_503_and_loses_nothing(full):
    ada, competition = Sender(full.url, person()), contest()
    path = path_in(ada.reserve(competition, size=1000))
    reply = ada.patch(path, bytes(1000), 0)
    assert_says_when(reply)
    assert reply.code == "busy"
    assert ada.where(path).offset == 0


def test_a_ticket_is_taken_when_there_is_no_room_for_bytes(full):
    path = reverse("submissions:tickets", args=[contest().slug])
    body = json.dumps({"title": "Dusk", "accept_rules": True}).encode()
    reply = Sender(full.url, person()).ask("POST", path, body, Content_Type=JSON)
    assert reply.status == 201


# --- slow senders


def trickle(connection, at_most: int) -> None:
    """A byte now and then, until there is an answer."""
    for _ in range(at_most):
        if select.select([connection], [], [], 0.02)[0]:
            return
        connection.sendall(b"x")


SLOW = {"slow_seconds": 0.3, "slow_bytes": 10_000}


def test_a_byte_now_and_then_does_not_hold_a_connection_for_ever(tmp_path):
    opening = form(field("title", "Dusk"), file_part(b""))[:-60]
    with (
        Served(tmp_path, limits=limits(**SLOW)) as served,
        served.connect() as connection,
    ):
        connection.sendall(enter_head("keep", 10**6) + opening)
        trickle(connection, 1000)
        reply = Reply(connection)
        assert reply.status == 408
        assert reply.headers["connection"] == "close"
        assert "Fewer than 10,000 bytes arrived" in reply.body.decode()
        assert served.left_in_staging() == []


def test_what_trickled_in_by_tus_is_kept(transactional_db, fresh_cache, settings):
    with Site(stall_seconds=0, **SLOW) as site:
        ada, competition = Sender(site.url, person()), contest()
        path = path_in(ada.reserve(competition, size=10**6))
        with ada.connection() as line:
            ada.begin_patch(line, path, 0, 10**6)
            line.sendall(bytes(5000))
            trickle(line, 1000)
            assert Reply(line, "PATCH").status == 408
        assert ada.where(path).offset >= 5000


# --- storms of questions


def test_a_storm_of_questions_leaves_threads_for_pages(tmp_path):
    with Served(tmp_path, limits=limits()) as served, ExitStack() as stack:
        served.site.gate.clear()
        storm = [stack.enter_context(served.connect()) for _ in range(100)]
        for connection in storm:
            connection.sendall(head("HEAD", f"/uploads/{'x' * 32}/"))
        assert served.site.at_the_gate.acquire(timeout=PATIENCE)
        assert served.ask(head("GET", "/page/")).json["path"] == "/page/"
        served.site.gate.set()
        assert [Reply(one, "HEAD").status for one in storm] == [200] * 100
