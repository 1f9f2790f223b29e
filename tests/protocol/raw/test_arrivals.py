"""Reservations and forms, from their first byte to the row."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.db.database import run
from mycenas.core.models import AuditEntry
from mycenas.storage.files import Files
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import enter_by_form, put, take_ticket
from tests.protocol.tus.serving import (
    COMMITS,
    MEBIBYTE,
    Reply,
    Sender,
    Served,
    metadata,
)
from tests.protocol.tus.world import CSRF, JPEG_HEAD, contest, kept


@pytest.fixture
def sized(ada: Sender, competition: Competition, picture: bytes) -> str:
    """The address for a file whose size is known, so that pieces may come too."""
    return take_ticket(ada, competition, size=len(picture))


# --- forms


def test_a_form_asks_django_once(served, ada, competition, picture):
    served.visits.clear()
    assert enter_by_form(ada, competition, picture).status == 202
    assert len(served.visits) == 1
    received = AuditEntry.objects.filter(changes__has_key="received_at").get()
    assert (received.actor, received.source) == (ada.user.pk, "upload-url")
    assert kept() == picture


@pytest.mark.parametrize("size", [100, 5 * MEBIBYTE])
def test_a_field_after_the_file_is_refused(ada, competition, size):
    reply = enter_by_form(
        ada, competition, JPEG_HEAD + bytes(size), after={"description": "Dawn"}
    )
    assert (reply.status, reply.code) == (400, "fields_after_file")
    assert not Submission.objects.filter(state=S.RECEIVED).exists()


@pytest.mark.parametrize("field", ["title", "idempotency_key"])
def test_a_file_before_a_required_field_is_refused(ada, competition, picture, field):
    reply = enter_by_form(ada, competition, picture, after={field: "late-value-1"})
    assert (reply.status, reply.code) == (400, "fields_after_file")
    assert not Submission.objects.exists()


# --- arrivals

Arrive = Callable[[Sender, Competition], Reply]
WORDS = {"title": "Dusk", "accept_rules": "on", "idempotency_key": "arrival-1"}


def by_json(sender: Sender, contest: Competition, **said: object) -> Reply:
    path = f"/competitions/{contest.slug}/tickets/"
    body = json.dumps({**WORDS, **said}).encode()
    return sender.ask("POST", path, body, Content_Type="application/json")


def test_a_reservation_is_an_ordinary_view(served, ada, competition):
    served.visits.clear()
    reply = by_json(ada, competition)
    assert (reply.status, len(served.visits)) == (201, 1)
    made = AuditEntry.objects.filter(
        table_name="submissions_submission", operation="INSERT"
    ).get()
    assert (made.actor, made.source) == (ada.user.pk, "submissions:tickets")
    assert "no-store" in reply.headers["Cache-Control"]


def test_the_same_reservation_again_is_the_same(ada, competition):
    assert [by_json(ada, competition).status for _ in range(2)] == [201, 201]
    assert Submission.objects.count() == Upload.objects.count() == 1


REFUSED: dict[str, Callable[[Sender, Competition], Reply]] = {
    "no title": lambda ada, contest: by_json(ada, contest, title=""),
    "a huge body": lambda ada, contest: by_json(ada, contest, note="x" * 2**21),
    "too large": lambda ada, contest: by_json(ada, contest, size=10**12),
    "no ticket": lambda ada, _: ada.create(1, Upload_Metadata=metadata(ticket="none")),
    "a zero byte": lambda ada, _: ada.create(
        1, Upload_Metadata=metadata(ticket="a\0b")
    ),
    "no metadata": lambda ada, _: ada.create(1),
    "no version": lambda ada, _: ada.create(1, Tus_Resumable=None),
    "no token": lambda ada, _: ada.create(1, X_CSRFToken=None),
    "no person": lambda ada, _: ada.create(1, Cookie=None),
    "GET": lambda ada, contest: ada.ask(
        "GET", f"/competitions/{contest.slug}/tickets/"
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_reservation_that_cannot_be_is_refused(case: str, ada, competition):
    reply = REFUSED[case](ada, competition)
    assert 400 <= reply.status < 500
    assert reply.headers["Content-Type"] == "application/problem+json" or case == "GET"
    assert not Submission.objects.exists()


@pytest.fixture
def late(db: None) -> Competition:
    return contest(closes_at=timezone.now() - timedelta(seconds=1))


def test_a_late_reservation_is_refused(ada, late):
    reply = by_json(ada, late)
    code = "submission_competition_takes_entries"
    assert (reply.status, reply.code) == (409, code)
    assert not Submission.objects.exists()


def test_a_form_that_is_refused_is_answered_by_the_page(served, ada, late, picture):
    served.visits.clear()
    assert enter_by_form(ada, late, picture).status == 409
    assert len(served.visits) == 1


def test_an_arrival_does_not_stand_behind_a_disk(
    ada, competition, picture, monkeypatch
):
    """Files for all threads, and more, wait for a disk that hangs."""
    paths = [
        take_ticket(ada, competition, idempotency_key=f"numbered-{number}", again="on")
        for number in range(2 * COMMITS)
    ]
    waiting, may, sync = threading.Semaphore(0), threading.Event(), Files.sync

    def held(files: Files, descriptor: int) -> None:
        waiting.release()
        may.wait()
        sync(files, descriptor)

    monkeypatch.setattr(Files, "sync", held)
    with ThreadPoolExecutor(len(paths)) as hands:
        sent = [hands.submit(put, ada, path, picture) for path in paths]
        assert all(waiting.acquire(timeout=30) for _ in range(COMMITS))
        try:
            assert by_json(ada, competition).status == 201
        finally:
            may.set()
        assert {reply.result().status for reply in sent} == {202}


# --- session and token

Change = Callable[[Sender, str], dict[str, str | None]]


def anonymous(_ada: Sender, _path: str) -> dict[str, str | None]:
    return {"Cookie": f"csrftoken={CSRF}"}


def made_up(_ada: Sender, _path: str) -> dict[str, str | None]:
    return {"Cookie": f"sessionid={'s' * 32}; csrftoken={CSRF}"}


def outdated(_ada: Sender, _path: str) -> dict[str, str | None]:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    return {}


def tampered(_ada: Sender, _path: str) -> dict[str, str | None]:
    """Somebody could write to the table, and does not know the site's secret."""
    for session in Session.objects.all():
        data = session.session_data
        Session.objects.filter(pk=session.pk).update(session_data=f"{data}x")
    return {}


def signed_out(ada: Sender, _path: str) -> dict[str, str | None]:
    """A new password ends every session."""
    person = User.objects.get(pk=ada.user.pk)
    person.set_password("a new one")
    person.save()
    return {}


def locked(_ada: Sender, _path: str) -> dict[str, str | None]:
    User.objects.update(is_active=False)
    return {}


def forged(_ada: Sender, _path: str) -> dict[str, str | None]:
    return {"X_CSRFToken": None}


def guessed(_ada: Sender, _path: str) -> dict[str, str | None]:
    return {"X_CSRFToken": "d" * 32}


def elsewhere(_ada: Sender, _path: str) -> dict[str, str | None]:
    return {"Origin": "https://example.com"}


def misnamed(_ada: Sender, _path: str) -> dict[str, str | None]:
    return {"Host": "example.com"}


CHANGES: list[Change] = [
    anonymous, made_up, outdated, tampered, signed_out, locked, forged, guessed,
    elsewhere, misnamed,
]  # fmt: skip

PLACES = ("/uploads/", "/competitions/{}/tickets/", "/competitions/{}/enter/")


@pytest.mark.parametrize("change", CHANGES)
def test_a_reservation_needs_session_and_token(change: Change, ada, competition):
    for place in PLACES:
        path = place.format(competition.slug)
        reply = ada.ask("POST", path, b"", **change(ada, path))
        assert reply.status in (302, 303, 400, 401, 403), place
        assert not Submission.objects.exists(), place


@pytest.mark.parametrize("name", ["X_CSRFTOKEN", "x_csrftoken"])
def test_a_header_with_an_underscore_is_no_token(name, ada, competition):
    path = f"/competitions/{competition.slug}/tickets/"
    head = ada.head("POST", path, X_CSRFToken=None, Content_Length="0")
    line = f"{name}: {CSRF}\r\n\r\n".encode()
    with ada.connection() as connection:
        connection.sendall(head[:-2] + line)
        assert Reply(connection, "POST").code == "csrf"


# --- a database that goes away


def end_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_that_was_ended_is_replaced(ada, competition, picture):
    """PostgreSQL was started anew between two files; nobody notices."""
    for number in range(8):
        key = f"numbered-{number}"
        path = take_ticket(ada, competition, idempotency_key=key, again="on")
        end_other_connections()
        assert put(ada, path, picture).status == 202


def test_an_acknowledgment_that_breaks_off_can_be_asked_for_again(
    served: Served, ada, sized, picture, monkeypatch
):
    """The statement's fate is unknown: nothing is promised, and nothing is lost."""

    def broken(sql, parameters):
        with connection.cursor() as cursor, suppress(Exception):
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return run(sql, parameters)

    with monkeypatch.context() as patched:
        patched.setattr("submissions.intake.queries.run", broken)
        assert put(ada, sized, picture).status >= 500
    assert Submission.objects.get().state == S.RESERVED
    assert put(ada, sized, picture).status == 202
    assert kept() == picture
