"""The last minutes: two hundred people at ten times the rate that is taken.

Every one of them sends at once, from one address, and does what the answers say. No
arrival is refused, everybody's file is in, and nobody is in twice.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.urls import reverse

from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.storage import store
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.tus.serving import Reply, Sender, Served, path_of
from tests.protocol.tus.world import CSRF, JPEG_HEAD, contest
from tests.serving import BOUNDARY, file_part, form
from tests.serving import field as part

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.trial,
    pytest.mark.soak,
]

PEOPLE = 200
SIZE = 40_000
# All files would take ten seconds at this rate; they are sent within one.
RATE = PEOPLE * SIZE // 10
CAPACITY = {
    "files_at_once": 8,
    "queue_length": 30,
    "queue_seconds": 4,
    "bytes_per_second": RATE,
}
MOST_ATTEMPTS = 100
BY_FORM, BY_TUS = "form", "tus"


@dataclass
class Person(Sender):
    """Somebody with one picture, who is told to wait and waits."""

    number: int = 0
    way: str = BY_FORM
    said: list[tuple[int, str]] = field(default_factory=list)
    token: str = ""

    def __post_init__(self) -> None:
        """Signed in without the ceremony, which takes its time for two hundred."""
        session = SessionStore()
        session[SESSION_KEY] = str(self.user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = self.user.get_session_auth_hash()
        session.create()
        self.cookies = f"sessionid={session.session_key}; csrftoken={CSRF}"

    @property
    def picture(self) -> bytes:
        return JPEG_HEAD + random.Random(self.number).randbytes(SIZE - len(JPEG_HEAD))

    @property
    def words(self) -> dict[str, str]:
        return {
            "title": f"Work {self.number}",
            "accept_rules": "on",
            "idempotency_key": f"key-of-person-{self.number}",
        }

    def enter(self, slug: str) -> None:
        send = self.by_form if self.way == BY_FORM else self.by_tus
        self.token = send(slug)

    def by_form(self, slug: str) -> str:
        fields = {"csrfmiddlewaretoken": CSRF, **self.words}
        parts = [part(name, text) for name, text in fields.items()]
        body = form(*parts, file_part(self.picture))
        reply = self.insist(
            "POST",
            reverse("submissions:enter", args=[slug]),
            body,
            Content_Type=f"multipart/form-data; boundary={BOUNDARY}",
            Accept="application/json",
        )
        return str(reply.json["token"])

    def by_tus(self, slug: str) -> str:
        path = reverse("submissions:tickets", args=[slug])
        body = json.dumps({**self.words, "size": SIZE}).encode()
        ticket = self.ask("POST", path, body, Content_Type="application/json")
        self.said.append((ticket.status, "ticket"))
        assert ticket.status == 201, ticket.body
        ticket.headers["Location"] = ticket.json["upload_url"]
        self.insist(
            "PATCH",
            path_of(ticket),
            self.picture,
            Content_Type="application/offset+octet-stream",
            Upload_Offset="0",
        )
        return str(ticket.json["token"])

    def insist(self, method: str, path: str, body: bytes, **headers: str) -> Reply:
        """Try again, never before the time that was told."""
        for _ in range(MOST_ATTEMPTS):
            reply = self.ask(method, path, body, **headers)
            code = reply.code if reply.status >= 400 else ""
            self.said.append((reply.status, code))
            if reply.status < 400:
                return reply
            assert reply.headers["RateLimit"], reply.body
            assert reply.headers["RateLimit-Policy"]
            time.sleep(int(reply.headers["Retry-After"]))
        raise AssertionError(self.said)


@pytest.fixture
def served(fresh_cache, settings):
    settings.WHITENOISE_USE_FINDERS = True
    # The address that they share has used up what it may send again.
    settings.PACE_NETWORK = (1, 10**9)
    opened: list[Any] = []
    own_thread = threading.get_ident()

    def remember(connection: BaseDatabaseWrapper, **_: Any) -> None:
        if threading.get_ident() != own_thread:
            opened.append(connection.connection)

    connection_created.connect(remember)
    try:
        with Served(**CAPACITY) as served:
            yield served
    finally:
        connection_created.disconnect(remember)
        for raw in opened:
            raw.close()


def crowd(served):
    ways = itertools.cycle([BY_FORM, BY_TUS])
    users = User.objects.bulk_create(
        User(email=f"rush{number}@example.org", name="Ada") for number in range(PEOPLE)
    )
    return [
        Person(served.url, user, number=number, way=next(ways))
        for number, user in enumerate(users)
    ]


def test_a_rush_in_the_last_minutes_costs_nobody_the_place(served):
    people = crowd(served)
    competition = contest(closes_at=database.now() + timedelta(minutes=2))
    line = threading.Barrier(PEOPLE)

    def rush(one: Person) -> None:
        line.wait(60)
        one.enter(competition.slug)

    with ThreadPoolExecutor(PEOPLE) as pool:
        for done in [pool.submit(rush, one) for one in people]:
            done.result()
    told = Counter(answer for one in people for answer in one.said)
    assert set(told) <= {(202, ""), (204, ""), (201, "ticket"), (503, "busy")}
    assert told[503, "busy"] > 0, "there was no rush"
    assert told[202, ""] + told[204, ""] == PEOPLE
    entries = Submission.objects.select_related("participant")
    assert {entry.state for entry in entries} == {S.RECEIVED}
    assert {entry.token for entry in entries} == {one.token for one in people}
    assert len({entry.participant_id for entry in entries}) == len(entries) == PEOPLE
    pictures = {one.token: one.picture for one in people}
    for entry in entries:
        assert entry.sha256 == hashlib.sha256(pictures[entry.token]).hexdigest()
        assert entry.original
        assert store().verify(entry.original, sha256=entry.sha256, size=SIZE)
        assert competition.closes_at
        assert entry.arrived_at <= competition.closes_at
