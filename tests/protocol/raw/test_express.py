"""Plain uploads go past the pages; everything else is decided by them."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.models import AuditEntry
from mycenas.core.statements import run
from mycenas.storage.files import Files
from submissions.intake.express.lane import KEEPING, Lane
from submissions.intake.express.visit import enter
from submissions.intake.pace import LEAST_BYTES
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.protocol.raw.sending import enter_by_form, put, take_ticket
from tests.protocol.tus.serving import Reply, Sender, Served, metadata, path_of
from tests.protocol.tus.world import CSRF, contest, kept, person


@pytest.fixture
def sized(ada: Sender, competition: Competition, picture: bytes) -> str:
    """The address for a file whose size is known, so that pieces may come too."""
    return take_ticket(ada, competition, size=len(picture))


# --- forms


def test_a_form_whose_words_came_first_asks_no_page(served, ada, competition, picture):
    served.visits.clear()
    assert enter_by_form(ada, competition, picture).status == 202
    assert served.visits == []
    told = AuditEntry.objects.filter(changes__has_key="received_at").get()
    assert (told.actor, told.source) == (ada.user.pk, "submissions:enter")
    assert kept() == picture


def test_words_after_the_file_are_heard_by_the_page(served, ada, competition, picture):
    served.visits.clear()
    reply = enter_by_form(ada, competition, picture, after={"description": "Dawn"})
    assert reply.status == 202
    assert len(served.visits) == 1


def test_a_file_that_is_no_picture_is_refused_by_the_page(served, ada, competition):
    served.visits.clear()
    reply = enter_by_form(ada, competition, b"no picture")
    assert (reply.status, reply.code) == (422, "invalid_entry")
    assert len(served.visits) == 1
    assert Submission.objects.get().state == S.RESERVED


def test_a_file_before_its_words_is_counted_once(ada, competition, picture, settings):
    """The short way looks first, and it is the page that counts."""
    settings.PACE_PARTICIPANT = (2 * LEAST_BYTES, 3600)
    for number in range(2):
        words = {"idempotency_key": f"file-first-{number}", "again": "on"}
        reply = enter_by_form(ada, competition, picture, file_first=True, after=words)
        assert reply.status == 202


# --- arrivals

Arrive = Callable[[Sender, Competition], Reply]
WORDS = {"title": "Dusk", "accept_rules": "on", "idempotency_key": "arrival-1"}


def by_json(sender: Sender, contest: Competition, **said: object) -> Reply:
    path = f"/competitions/{contest.slug}/tickets/"
    body = json.dumps({**WORDS, **said}).encode()
    return sender.ask("POST", path, body, Content_Type="application/json")


def by_words(sender: Sender, contest: Competition, **said: str) -> Reply:
    told = metadata(**{"competition": contest.slug, **WORDS, **said})
    return sender.create(1000, Upload_Metadata=told)


ARRIVALS = pytest.mark.parametrize(
    ("arrive", "page"), [(by_json, "tickets"), (by_words, "uploads")]
)


@ARRIVALS
def test_an_arrival_asks_no_page(arrive: Arrive, page, served, ada, competition):
    served.visits.clear()
    reply = arrive(ada, competition)
    assert (reply.status, served.visits) == (201, [])
    told = AuditEntry.objects.filter(
        table_name="submissions_submission", operation="INSERT"
    ).get()
    assert (told.actor, told.source) == (ada.user.pk, f"submissions:{page}")
    assert reply.headers.get_all("Cache-Control") == ["no-store"]


@ARRIVALS
def test_the_same_arrival_again_is_the_same(arrive: Arrive, page, ada, competition):
    assert [arrive(ada, competition).status for _ in range(2)] == [201, 201]
    assert Submission.objects.count() == Upload.objects.count() == 1


def test_an_upload_for_a_ticket_asks_no_page(served, ada, competition, picture):
    token = by_json(ada, competition).json["token"]
    served.visits.clear()
    reply = ada.create(
        None,
        Upload_Length=str(len(picture)),
        Upload_Metadata=metadata(ticket=token, filename="dusk.jpg"),
    )
    assert ada.patch(path_of(reply), picture, 0).status == 204
    assert served.visits == []
    assert kept() == picture


REFUSED: dict[str, Callable[[Sender, Competition], Reply]] = {
    "no title": lambda ada, contest: by_json(ada, contest, title=""),
    "no JSON": lambda ada, contest: ada.ask(
        "POST",
        f"/competitions/{contest.slug}/tickets/",
        b"{",
        Content_Type="application/json",
    ),
    "too large": lambda ada, contest: by_json(ada, contest, size=2**40),
    "nowhere": lambda ada, contest: by_words(ada, contest, competition="nowhere"),
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
def test_an_arrival_is_refused_as_the_page_does(case: str, served, ada, competition):
    short = REFUSED[case](ada, competition)
    with Served(Lane()) as paged:
        long = REFUSED[case](replace(ada, url=paged.url), competition)
    assert 400 <= short.status < 500
    assert (short.status, short.body) == (long.status, long.body)


@pytest.fixture
def late(db: None) -> Competition:
    return contest(closes_at=timezone.now() - timedelta(seconds=1))


def test_a_late_arrival_is_refused_as_the_page_does(ada, late):
    for arrive in (by_json, by_words):
        reply = arrive(ada, late)
        assert (reply.status, reply.code) == (
            409,
            "submission_competition_takes_entries",
        )
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
        for number in range(2 * KEEPING)
    ]
    waiting, may, sync = threading.Semaphore(0), threading.Event(), Files.sync

    def held(files: Files, descriptor: int) -> None:
        waiting.release()
        may.wait()
        sync(files, descriptor)

    monkeypatch.setattr(Files, "sync", held)
    with ThreadPoolExecutor(len(paths)) as hands:
        sent = [hands.submit(put, ada, path, picture) for path in paths]
        assert all(waiting.acquire(timeout=30) for _ in range(KEEPING))
        try:
            assert by_json(ada, competition).status == 201
        finally:
            may.set()
        assert {reply.result().status for reply in sent} == {202}


# --- what is not plain

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


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("change", CHANGES)
def test_nobody_unknown_arrives_the_short_way(change: Change, place: str, db):
    sender = Sender("http://127.0.0.1:80", person())
    path = place.format(contest().slug)
    assert recognized(scope(sender, "POST", path))
    headers = change(sender, path)
    assert not recognized(scope(sender, "POST", path, **headers))


def scope(sender: Sender, method: str, path: str, **headers: str | None) -> dict:
    """What a server makes of a request's first lines."""
    lines = sender.head(method, path, **headers).decode().split("\r\n")[1:-2]
    pairs = [line.split(": ", 1) for line in lines]
    return {
        "method": method,
        "path": path,
        "query_string": b"",
        "http_version": "1.1",
        "headers": [(name.lower().encode(), text.encode()) for name, text in pairs],
    }


def recognized(told: dict[str, Any], body: bytes = b"") -> bool:
    return enter(told, io.BytesIO(body)) is not None


@pytest.mark.parametrize("name", ["X_CSRFTOKEN", "x_csrftoken"])
def test_a_header_with_an_underscore_is_no_token(name, db):
    sender = Sender("http://127.0.0.1:80", person())
    told = scope(sender, "POST", "/uploads/", X_CSRFToken=None)
    told["headers"].append((name.encode(), CSRF.encode()))
    assert not recognized(told)


def test_other_requests_do_not_go_the_short_way(db):
    sender = Sender("http://127.0.0.1:80", person())
    for method, path in [("GET", "/uploads/"), ("POST", "/"), ("POST", "/none/")]:
        assert not recognized(scope(sender, method, path))


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
        patched.setattr("submissions.intake.acknowledging.run", broken)
        assert put(ada, sized, picture).status >= 500
    assert Submission.objects.get().state == S.RESERVED
    assert put(ada, sized, picture).status == 202
    assert kept() == picture
