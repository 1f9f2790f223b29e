"""What load balancers and operators are told."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

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
