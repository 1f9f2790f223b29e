"""A disk that fills up, on a real small file system: tickets end before room does."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from submissions.intake import workflow
from submissions.intake.handover import ENVIRON_KEY, Intake
from submissions.intake.room import Promises, StorageFull, promised_bytes
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from submissions.storage import StorageFailed, store
from tests.factories import JPEG_HEAD, CompetitionFactory, UserFactory, staged, words
from tests.protocol.tus.world import CSRF

pytestmark = pytest.mark.django_db

MEBIBYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path, settings):
    """A file system of 12 MiB that holds the site's files."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if (
        sys.platform != "linux"
        or subprocess.run(command, capture_output=True).returncode
    ):
        pytest.skip("mounting a file system is not allowed here")
    settings.DATA_DIR = place
    settings.STORAGE_RESERVE = 2 * MEBIBYTE
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=100, max_megabytes=1)


@pytest.fixture
def ada():
    client = Client()
    client.force_login(UserFactory())
    client.cookies["csrftoken"] = CSRF
    return client


def take(client, competition, **said):
    path = reverse("submissions:tickets", args=[competition.slug])
    body = {"title": "Dusk", "accept_rules": "on", **said}
    headers = {"X-CSRFToken": CSRF}
    return client.post(path, body, content_type="application/json", headers=headers)


def take_all(client, competition, **said):
    """Tickets until one is refused; that answer."""
    for _ in range(100):
        answer = take(client, competition, **said)
        if answer.status_code != 201:
            return answer
    raise AssertionError("the disk never became full")


def largest(number):
    return staged(JPEG_HEAD + bytes([number]) * (MEBIBYTE - len(JPEG_HEAD)))


def receive_all():
    """Every ticket's file comes, as large as it may be."""
    for number, ticket in enumerate(Submission.objects.all()):
        workflow.receive(ticket, largest(number), name="w.jpg", files=store())


def test_every_ticketed_file_fits_when_tickets_have_ended(small_disk, ada, competition):
    assert take_all(ada, competition).status_code == 503
    tickets = Submission.objects.count()
    assert 8 <= tickets <= 10
    receive_all()
    for ticket in Submission.objects.filter(state=S.RECEIVED):
        assert ticket.original
        assert store().original_path(ticket.original).stat().st_size == MEBIBYTE
    assert Submission.objects.filter(state=S.RECEIVED).count() == tickets
    assert store().free_bytes() >= MEBIBYTE


def test_without_the_rule_acknowledged_tickets_find_no_room(
    small_disk, competition, settings
):
    """The control: the same disk when tickets are given as if it had no end."""
    settings.STORAGE_RESERVE = -(2**40)
    person = UserFactory()
    for _ in range(20):
        workflow.reserve(competition, words(), by=person)
    with pytest.raises(StorageFailed, match="No space left"):
        receive_all()


def test_the_refusal_says_what_is_free_and_when_to_come_back(
    small_disk, ada, competition
):
    answer = take_all(ada, competition)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:mycenas:problem:storage_full"
    assert "no room for another file" in answer.json()["detail"]
    assert answer["Retry-After"] == "300"
    assert answer["RateLimit-Policy"].startswith('"storage";q=')
    assert answer["RateLimit"].startswith('"storage";r=')


def test_who_has_a_ticket_may_repeat_it_and_send_the_file(small_disk, ada, competition):
    key = {"idempotency_key": "key-of-ada-1"}
    first = take(ada, competition, **key).json()
    take_all(ada, competition)
    again = take(ada, competition, **key)
    assert (again.status_code, again.json()["token"]) == (201, first["token"])


def test_the_form_keeps_its_words_on_a_full_disk(small_disk, ada, competition):
    take_all(ada, competition)
    # Who has an open ticket goes on with that: this is somebody else.
    bob = Client()
    bob.force_login(UserFactory())
    path = reverse("submissions:enter", args=[competition.slug])
    form = {"title": "Dawn", "accept_rules": "on"}
    begin: dict[str, Any] = {ENVIRON_KEY: Intake(phase="begin")}
    answer = bob.post(path, form, **begin)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "300"
    page = answer.content.decode()
    assert 'value="Dawn"' in page
    assert 'type="file"' in page
    assert "no room for another file" in page


def test_small_declared_files_leave_room_for_more(small_disk, ada, competition):
    take_all(ada, competition, size=MEBIBYTE // 2)
    assert Submission.objects.count() >= 16


def test_a_ticket_for_more_than_is_left_is_refused_and_a_smaller_one_taken(
    small_disk, ada, competition
):
    take_all(ada, competition, size=900_000)
    left = store().free_bytes() - 2 * MEBIBYTE - promised_bytes()
    assert take(ada, competition, size=left + 1).status_code == 503
    assert take(ada, competition, size=left).status_code == 201


def test_what_has_come_already_is_not_promised_twice(competition):
    workflow.reserve(competition, words(size=1000), by=UserFactory())
    undeclared = workflow.reserve(competition, words(), by=UserFactory())
    assert promised_bytes() == 1000 + MEBIBYTE
    Upload.objects.create(submission=undeclared, length=5000, offset=2000)
    assert promised_bytes() == 1000 + 3000


def test_old_knowledge_takes_but_never_refuses(competition):
    """Promises are summed once a second, and again before anybody is sent away."""
    person = UserFactory()
    ticket = workflow.reserve(competition, words(size=1000), by=person)
    promises = Promises()
    assert promises.take(400, 1500)
    assert not promises.take(400, 1500 - 200)
    workflow.withdraw(ticket, by=person)
    assert promises.take(400, 1500 - 200)


def test_what_was_received_or_ended_is_no_promise(competition):
    ticket = workflow.reserve(competition, words(), by=UserFactory())
    workflow.receive(ticket, staged(), name="w.jpg", files=store())
    other = workflow.reserve(competition, words(), by=(bob := UserFactory()))
    workflow.withdraw(other, by=bob)
    assert promised_bytes() == 0


def test_the_largest_files_of_many_can_be_summed():
    largest = CompetitionFactory(state="open", max_megabytes=2048)
    for _ in range(3):
        workflow.reserve(largest, words(), by=UserFactory())
    assert promised_bytes() == 3 * 2048 * MEBIBYTE


def test_a_reserve_larger_than_the_disk_takes_nothing(competition, settings):
    settings.STORAGE_RESERVE = 2**60
    with pytest.raises(StorageFull):
        workflow.reserve(competition, words(), by=UserFactory())
    assert not Submission.objects.exists()
