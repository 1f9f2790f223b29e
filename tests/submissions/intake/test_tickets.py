"""Arrival tickets: taken by programs, before any byte."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mycenas.core.models import Mail
from submissions.intake import workflow
from submissions.models import Submission, Upload
from submissions.receipts.workflow import withdraw
from submissions.states import SubmissionState as S
from tests.factories import expire
from tests.protocol.tus.world import CSRF, contest, person

pytestmark = pytest.mark.django_db

WORDS = {"title": "Dusk", "accept_rules": "on", "idempotency_key": "key-of-ada-1"}
SHA256 = "a" * 64
DECLARED = {"size": 1000, "sha256": SHA256}


@pytest.fixture
def competition():
    return contest()


@pytest.fixture
def ada():
    client = Client(enforce_csrf_checks=True)
    client.force_login(person())
    client.cookies["csrftoken"] = CSRF
    return client


def take(client, competition, token=CSRF, content_type="application/json", **said):
    address = reverse("submissions:tickets", args=[competition.slug])
    headers = {"X-CSRFToken": token} if token else {}
    return client.post(
        address, {**WORDS, **said}, content_type=content_type, headers=headers
    )


def test_a_ticket_names_its_token_and_where_the_bytes_go(ada, competition):
    answer = take(ada, competition, **DECLARED)
    assert answer.status_code == 201
    told = answer.json()
    ticket = Submission.objects.get(token=told["token"])
    upload = Upload.objects.get(submission=ticket)
    assert told["upload_url"] == f"http://testserver/uploads/{upload.name}/"
    assert datetime.fromisoformat(told["arrived_at"]) - ticket.arrived_at < timedelta(
        milliseconds=1
    )
    assert (ticket.declared_size, ticket.declared_sha256) == (1000, SHA256)
    assert (upload.length, upload.offset) == (1000, 0)


def test_a_ticket_remembers_what_the_file_is_called(ada, competition):
    token = take(ada, competition, filename="harbor at six.jpg").json()["token"]
    assert Upload.objects.get(submission__token=token).file_name == "harbor at six.jpg"


def test_a_form_is_as_good_as_json(ada, competition):
    address = reverse("submissions:tickets", args=[competition.slug])
    answer = ada.post(address, {**WORDS, "csrfmiddlewaretoken": CSRF})
    assert answer.status_code == 201
    assert Upload.objects.get().length is None


def test_the_same_key_is_the_same_ticket(ada, competition):
    first = take(ada, competition, **DECLARED).json()
    again = take(ada, competition, **DECLARED, title="Dawn").json()
    assert (again["token"], again["upload_url"]) == (
        first["token"],
        first["upload_url"],
    )
    assert Submission.objects.get().title == "Dawn"


def withdrawn(entry):
    withdraw(entry, by=entry.participant)


@pytest.mark.parametrize(
    ("end", "state"), [(withdrawn, S.WITHDRAWN), (expire, S.EXPIRED)]
)
def test_the_key_of_an_entry_that_has_ended_is_gone(ada, competition, end, state):
    take(ada, competition, **DECLARED)
    end(Submission.objects.get())
    answer = take(ada, competition, **DECLARED)
    said = answer.json()
    assert (answer.status_code, said["state"]) == (410, state)
    assert said["type"] == "urn:mycenas:problem:idempotency_key_ended"
    assert "another key" in said["detail"]
    assert "/uploads/" not in answer.text
    other = take(ada, competition, **DECLARED, idempotency_key="key-of-ada-2")
    assert other.status_code == 201
    assert Submission.objects.count() == 2


def test_no_referrer_follows_an_upload_url(ada, competition):
    answer = take(ada, competition, **DECLARED)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("other", [{"sha256": "b" * 64}, {"size": 999}])
def test_the_same_key_for_another_file_is_refused(ada, competition, other):
    take(ada, competition, **DECLARED)
    answer = take(ada, competition, **{**DECLARED, **other})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:mycenas:problem:idempotency_key_reused"


def test_a_ticket_for_another_file_does_not_stand_in_at_the_limit(ada):
    narrow = contest(max_entries=1)
    take(ada, narrow, **DECLARED)
    other = {"idempotency_key": "key-of-ada-2", "sha256": "b" * 64}
    answer = take(ada, narrow, **{**DECLARED, **other})
    assert answer.json()["type"] == "urn:mycenas:problem:submission_within_limit"


@pytest.mark.parametrize(
    ("declared", "window"),
    [
        ({}, timedelta(minutes=15)),
        ({"size": 1000}, timedelta(minutes=15)),
        ({"sha256": SHA256}, timedelta(minutes=15)),
        (DECLARED, timedelta(hours=24)),
    ],
)
def test_only_a_declared_file_gets_the_long_window(ada, competition, declared, window):
    take(ada, competition, **declared)
    ticket = Submission.objects.get()
    assert ticket.upload_until - ticket.arrived_at == window


def test_a_longer_ordinary_window_counts_for_declared_files_too(ada):
    take(ada, contest(upload_window=timedelta(days=3)), **DECLARED)
    ticket = Submission.objects.get()
    assert ticket.upload_until - ticket.arrived_at == timedelta(days=3)


def test_no_pace_holds_a_ticket_back(ada, competition, settings):
    settings.PACE_PARTICIPANT = (1, 10**9)
    keys = [f"key-of-ada-{number}" for number in range(5)]
    answers = [take(ada, competition, idempotency_key=key) for key in keys]
    assert {answer.status_code for answer in answers} == {201}


def test_nobody_takes_no_ticket(competition):
    answer = take(Client(enforce_csrf_checks=True), competition, token="")
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:mycenas:problem:sign_in"


@pytest.mark.parametrize("token", ["", "d" * 32])
def test_a_session_alone_is_not_enough(ada, competition, token):
    answer = take(ada, competition, token=token)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:mycenas:problem:csrf"
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"title": ""}, 422, "invalid_entry"),
        ({"accept_rules": False}, 422, "invalid_entry"),
        ({"sha256": "short"}, 422, "invalid_entry"),
        ({"size": 0}, 422, "invalid_entry"),
        ({"size": "many"}, 422, "invalid_entry"),
        ({"title": "Dusk\0"}, 400, "unstorable_text"),
        ({"title": "\u200b\u202e"}, 422, "invalid_entry"),
        ({"size": 10**400}, 422, "invalid_entry"),
        ({"size": 61 * 1024 * 1024}, 413, "upload_too_large"),
        ({"size": 10**30}, 413, "upload_too_large"),
        ({"title": ["Dusk"]}, 400, "bad_json"),
    ],
)
def test_wrong_words_take_no_ticket(ada, competition, said, status, code):
    answer = take(ada, competition, **said)
    assert (answer.status_code, answer.json()["type"]) == (
        status,
        f"urn:mycenas:problem:{code}",
    )
    assert not Submission.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"'])
def test_what_is_no_object_takes_no_ticket(ada, competition, body):
    address = reverse("submissions:tickets", args=[competition.slug])
    answer = ada.post(
        address, body, content_type="application/json", headers={"X-CSRFToken": CSRF}
    )
    assert answer.status_code == 400


def test_a_ticket_after_the_deadline_is_refused(ada):
    over = contest(closes_at=timezone.now() - timedelta(seconds=1))
    answer = take(ada, over, **DECLARED)
    assert answer.status_code == 409
    kind = answer.json()["type"]
    assert kind == "urn:mycenas:problem:submission_competition_takes_entries"


def test_unknown_competitions_are_404_in_json(ada, competition):
    competition.slug = "nowhere"
    assert take(ada, competition).json()["type"] == "urn:mycenas:problem:not_found"


def test_an_expired_ticket_says_so_by_mail(ada, monkeypatch):
    brief = contest(upload_window=timedelta(milliseconds=1))
    take(ada, brief)
    monkeypatch.setattr(workflow, "EXPIRY_GRACE", timedelta(0))
    workflow.sweep()
    assert Submission.objects.get().state == S.EXPIRED
    mail = Mail.objects.get()
    assert "No file came" in mail.subject
    assert f"/competitions/{brief.slug}/enter/" in mail.body
