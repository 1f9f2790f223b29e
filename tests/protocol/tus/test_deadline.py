"""On time is who arrived in time; the bytes may follow."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from mycenas.core import clock
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.protocol.tus.world import contest


def take(ada, competition, size):
    body = {"title": "Dusk", "accept_rules": True, "size": size}
    path = reverse("submissions:tickets", args=[competition.slug])
    return ada.ask(
        "POST", path, json.dumps(body).encode(), Content_Type="application/json"
    )


def wait_until(moment):
    """Until the database's clock says so: the one that decides."""
    pause = threading.Event()
    while (left := (moment - clock.now()).total_seconds()) > 0:
        pause.wait(left)


def test_a_ticket_before_the_deadline_is_in_though_its_bytes_come_after(ada, picture):
    competition = contest(closes_at=timezone.now() + timedelta(seconds=1))
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
