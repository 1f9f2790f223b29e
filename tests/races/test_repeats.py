"""The same sent twice at once, over real connections: one entry, one file."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.urls import reverse

from mycenas.storage import store
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.tus.serving import Reply
from tests.protocol.tus.world import CSRF, JPEG_HEAD, kept
from tests.races.tools import (
    PATIENCE,
    crowd,
    holding,
    outcome,
    wait_for_waiting,
    without_constraint,
)
from tests.serving import BOUNDARY, field, file_part, form

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "key-of-ada-1"
WORDS = {"title": "Dusk", "accept_rules": "on", "idempotency_key": KEY}
# So much is in staging before the end of the form has come.
PICTURE = JPEG_HEAD + bytes(600_000)
LOCK_OF_PERSON = """SELECT pg_advisory_xact_lock(
    hashtextextended(format('%%s/%%s', %s::int, %s::int), 7301))"""


# --- the ways in


def body_of(picture=PICTURE):
    fields = [field(name, text) for name, text in WORDS.items()]
    return form(field("csrfmiddlewaretoken", CSRF), *fields, file_part(picture))


def enter_head(ada, competition, length, accept):
    return ada.head(
        "POST",
        reverse("submissions:enter", args=[competition.slug]),
        Content_Type=f"multipart/form-data; boundary={BOUNDARY}",
        Content_Length=str(length),
        Accept=accept,
    )


def by_form(ada, competition, accept="text/html"):
    body = body_of()
    with ada.connection() as line:
        line.sendall(enter_head(ada, competition, len(body), accept) + body)
        reply = Reply(line, "POST")
    assert reply.status == 303, reply.body
    return reply.headers["Location"].split("/")[2]


def by_json(ada, competition):
    body = body_of()
    with ada.connection() as line:
        line.sendall(enter_head(ada, competition, len(body), "application/json") + body)
        reply = Reply(line, "POST")
    assert reply.status == 202, reply.body
    return reply.json["token"]


def by_ticket(ada, competition):
    path = reverse("submissions:tickets", args=[competition.slug])
    body = json.dumps(WORDS).encode()
    reply = ada.ask("POST", path, body, Content_Type="application/json")
    assert reply.status == 201, reply.body
    return reply.json["token"]


WAYS = pytest.mark.parametrize("way", [by_form, by_json, by_ticket])


@contextmanager
def arrivals_held_back(competition, user):
    """Nobody's ticket is written before the end, however far it has come."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK_OF_PERSON, [competition.pk, user.pk])
        yield


def twice_at_once(way, ada, competition):
    """Both have found no ticket yet when they may go on."""
    with crowd() as people:
        with arrivals_held_back(competition, ada.user):
            both = [people.start(lambda: way(ada, competition)) for _ in range(2)]
            wait_for_waiting(2)
        return [outcome(one) for one in both]


@WAYS
def test_twice_at_once_is_one_entry_and_one_answer(way, ada, competition):
    first, second = twice_at_once(way, ada, competition)
    assert isinstance(first, str), first
    assert first == second
    assert Submission.objects.count() == 1


@WAYS
def test_without_the_constraint_the_same_form_makes_two(way, ada, competition):
    """The control: the damage that the test above would see."""
    with without_constraint("submissions_submission", "submission_once_per_key"):
        twice_at_once(way, ada, competition)
        assert Submission.objects.count() == 2


# --- two whole files, acknowledged at once


def staged_files():
    return [path for path in store().stale_staging(-1) if path.stat().st_size]


@contextmanager
def both_almost_in(ada, competition, bodies, accept):
    """Connections whose forms lack their last bytes; none is acknowledged."""
    before = len(staged_files())
    with ada.connection() as one, ada.connection() as two:
        for line, body in zip((one, two), bodies, strict=True):
            line.sendall(enter_head(ada, competition, len(body), accept) + body[:-10])
        pause = threading.Event()
        for _ in range(int(PATIENCE * 100)):
            if len(staged_files()) == before + 2:
                break
            pause.wait(0.01)
        yield one, two


def finish_together(ada, competition, bodies, accept="application/json"):
    """Both stand before the row when one of them is let in."""
    with both_almost_in(ada, competition, bodies, accept) as lines:
        with holding(Submission.objects.get()):
            for line, body in zip(lines, bodies, strict=True):
                line.sendall(body[-10:])
            wait_for_waiting(2)
        return [Reply(line, "POST") for line in lines]


def test_the_same_file_twice_at_once_is_acknowledged_twice_alike(ada, competition):
    replies = finish_together(ada, competition, [body_of(), body_of()])
    assert [reply.status for reply in replies] == [202, 202]
    assert replies[0].json == replies[1].json
    assert kept() == PICTURE


def test_people_get_the_same_receipt_twice(ada, competition):
    replies = finish_together(ada, competition, [body_of(), body_of()], "text/html")
    assert [reply.status for reply in replies] == [303, 303]
    assert replies[0].headers["Location"] == replies[1].headers["Location"]


def test_of_two_files_under_one_key_one_wins_and_the_other_is_told(ada, competition):
    pictures = [JPEG_HEAD + os.urandom(600_000) for _ in range(2)]
    bodies = [body_of(picture) for picture in pictures]
    replies = finish_together(ada, competition, bodies)
    winner, loser = sorted(replies, key=lambda reply: reply.status)
    assert (winner.status, loser.status) == (202, 422)
    assert loser.code == "idempotency_key_reused"
    assert Submission.objects.get().state == S.RECEIVED
    assert kept() == pictures[replies.index(winner)]
