"""On time is who arrived in time; the bytes may follow.

Nothing else counts: not the web server's clock, no worker, no Redis.
"""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from competitions.states import CompetitionState
from competitions.workflow import keep_deadlines
from mycenas.core.db import database
from mycenas.core.queue.publisher import redis_breaker
from submissions.models import Submission
from submissions.processing.workflow import sweep_here
from submissions.states import SubmissionState as S
from tests.protocol.tus.world import contest

HOUR = timedelta(hours=1)
# Enough for one request, also on a busy machine.
SOON = timedelta(seconds=4)


def take(ada, competition, size):
    body = {"title": "Dusk", "accept_rules": True, "size": size}
    path = reverse("submissions:tickets", args=[competition.slug])
    return ada.ask(
        "POST", path, json.dumps(body).encode(), Content_Type="application/json"
    )


def wait_until(moment):
    """Until the database's clock says so: the one that decides."""
    pause = threading.Event()
    while (left := (moment - database.now()).total_seconds()) > 0:
        pause.wait(left)


def test_a_ticket_before_the_deadline_is_in_though_its_bytes_come_after(ada, picture):
    competition = contest(closes_at=database.now() + SOON)
    early = take(ada, competition, len(picture))
    assert early.status == 201
    path = early.json["upload_url"].removeprefix(ada.url)
    ada.patch(path, picture[:1000], 0)
    wait_until(competition.closes_at)
    late = take(ada, competition, len(picture))
    assert (late.status, late.code) == (409, "submission_competition_takes_entries")
    reply = ada.patch(path, picture[1000:], 1000)
    assert reply.status == 204
    entry = Submission.objects.get()
    assert entry.state == S.RECEIVED
    assert competition.closes_at
    assert entry.received_at
    assert entry.arrived_at <= competition.closes_at < entry.received_at


def test_a_ticket_a_second_after_the_deadline_is_refused(ada, picture):
    competition = contest(closes_at=timezone.now() - timedelta(seconds=1))
    late = take(ada, competition, len(picture))
    assert (late.status, late.code) == (409, "submission_competition_takes_entries")
    assert not Submission.objects.exists()


@pytest.fixture
def nothing_runs(free_port, settings, monkeypatch):
    """No worker, no beat, and Redis is gone."""
    nowhere = f"redis://127.0.0.1:{free_port}/0"
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", nowhere)
    settings.CACHES = {
        name: {**cache, "LOCATION": nowhere} for name, cache in settings.CACHES.items()
    }
    yield
    for cache in caches.all():
        cache.close()


def test_with_everything_off_an_entry_on_time_is_in(nothing_runs, ada, jpeg, settings):
    settings.SWEEP_AFTER = timedelta(0)
    competition = contest(closes_at=database.now() + SOON)
    early = take(ada, competition, len(jpeg))
    path = early.json["upload_url"].removeprefix(ada.url)
    wait_until(competition.closes_at)
    assert keep_deadlines() == 1
    competition.refresh_from_db()
    assert competition.state == CompetitionState.MODERATION
    late = take(ada, competition, len(jpeg))
    assert (late.status, late.code) == (409, "submission_competition_takes_entries")
    assert "does not take entries now" in late.json["detail"]
    assert ada.patch(path, jpeg, 0).status == 204
    assert redis_breaker.is_open
    assert Submission.objects.get().state == S.RECEIVED
    # Somebody comes to work, later.
    while sweep_here():
        pass
    entry = Submission.objects.get()
    assert entry.state == S.PENDING
    assert competition.closes_at
    assert entry.received_at
    assert entry.arrived_at <= competition.closes_at < entry.received_at


@pytest.fixture(params=[HOUR, -HOUR], ids=["ahead", "behind"])
def wrong_clock(request, transactional_db):
    """The web server's clock goes an hour wrong; PostgreSQL's does not."""
    with time_machine.travel(timezone.now() + request.param, tick=True):
        off = timezone.now() - database.now()
        assert abs(off - request.param) < timedelta(minutes=5)
        yield


def test_a_wrong_clock_of_the_web_server_shuts_nobody_out(wrong_clock, ada, picture):
    competition = contest(
        opens_at=database.now() - timedelta(seconds=1),
        closes_at=database.now() + SOON,
    )
    early = take(ada, competition, len(picture))
    assert early.status == 201
    path = early.json["upload_url"].removeprefix(ada.url)
    wait_until(competition.closes_at)
    assert ada.patch(path, picture, 0).status == 204
    assert Submission.objects.get().state == S.RECEIVED


def test_a_wrong_clock_of_the_web_server_lets_nobody_in(wrong_clock, ada, picture):
    competition = contest(
        opens_at=database.now() - HOUR, closes_at=database.now() - timedelta(seconds=1)
    )
    late = take(ada, competition, len(picture))
    assert (late.status, late.code) == (409, "submission_competition_takes_entries")
    assert not Submission.objects.exists()
