"""What load balancers and operators are told."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import DatabaseError

from mycenas.core import health
from mycenas.core.db.database import DatabaseNow
from submissions.models import Canary
from submissions.states import SubmissionState as S
from tests.database.tools import raw
from tests.factories import SubmissionFactory


def test_a_process_that_answers_is_alive(client):
    assert client.get("/healthz/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_site_with_everything_in_place_is_ready(client):
    answer = client.get("/healthz/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "problems": [],
        "oldest_unfinished_seconds": None,
    }


@pytest.mark.django_db
def test_it_says_how_long_the_oldest_entry_waits(client):
    SubmissionFactory(state=S.RECEIVED)
    assert client.get("/healthz/ready").json()["oldest_unfinished_seconds"] >= 0


@pytest.mark.django_db
def test_a_storage_that_cannot_be_written_is_said(client, settings, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    settings.DATA_DIR = blocked
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The storage cannot be written."]


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_said(client):
    with pytest.raises(DatabaseError):
        raw("SELECT 1 / 0")
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The database does not answer."]


@pytest.fixture
def probed(monkeypatch):
    """Registries of probes that the test fills alone."""
    for registry in ("availability", "capacity", "backlogs", "canaries"):
        monkeypatch.setattr(health, registry, [])


def _age(seconds: int | None) -> int | None:
    return seconds


def test_the_worst_of_all_probes_counts(probed):
    health.availability.append(lambda: ["No disk."])
    health.availability.append(lambda: ["No key."])
    for age in (None, 3, 7):
        health.backlogs.append(partial(_age, age))
    for age in (5, 2):
        health.canaries.append(partial(_age, age))
    assert health._sentences(health.availability) == ["No disk.", "No key."]
    assert health.oldest_unfinished_seconds() == 7
    assert health.last_canary_seconds() == 5


def test_a_canary_that_never_got_through_is_not_hidden_by_another(probed):
    assert health.last_canary_seconds() is None
    health.canaries.append(lambda: 5)
    health.canaries.append(lambda: None)
    assert health.last_canary_seconds() is None


# --- progress


@pytest.fixture
def canary(db):
    """A canary that got through just now."""
    return Canary.objects.create(
        pk=Canary.ONLY, attempt=1, finished=1, finished_at=DatabaseNow()
    )


def test_work_that_gets_done_is_said(client, canary):
    answer = client.get("/healthz/progress")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["last_canary_seconds"] >= 0
    assert answer.json()["oldest_unfinished_seconds"] is None


@pytest.mark.django_db
def test_nothing_is_taken_for_granted(client):
    answer = client.get("/healthz/progress")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["No canary has got through both phases yet."]


def test_a_canary_that_does_not_come_is_missed(client, canary, settings):
    # It got through just now, and PostgreSQL takes no other moment.
    settings.CANARY_EVERY = timedelta(seconds=-1)
    answer = client.get("/healthz/progress")
    assert (answer.status_code, answer.json()["status"]) == (503, "stalled")
    assert "seconds ago; the limit is -3" in answer.json()["problems"][0]
    assert client.get("/healthz/ready").status_code == 200


def test_an_entry_that_waits_too_long_is_said(client, canary, settings):
    SubmissionFactory(state=S.RECEIVED)
    settings.ENTRY_LATE = timedelta(seconds=-1)
    answer = client.get("/healthz/progress")
    assert answer.status_code == 503
    assert "An entry has waited" in answer.json()["problems"][0]


@pytest.mark.django_db
def test_progress_without_a_database_is_none(client):
    with pytest.raises(DatabaseError):
        raw("SELECT 1 / 0")
    answer = client.get("/healthz/progress")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The database does not answer."]
