"""Phase two: real pictures, lost messages, dead workers, files that kill."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from mycenas.celery import app
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import NotAllowed
from mycenas.core.models import Mail
from mycenas.imaging import rendering
from mycenas.imaging.rendering import DecoderDied
from mycenas.storage import store
from submissions.models import Submission
from submissions.processing import workflow
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory, moderator_of

pytestmark = pytest.mark.django_db

SIZES = ("1920", "960", "320")


@pytest.fixture
def at_once(settings):
    """Nothing has to wait before it counts as forgotten."""
    settings.SWEEP_AFTER = timedelta(0)


@pytest.fixture
def no_broker(monkeypatch, free_port):
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://127.0.0.1:{free_port}/0")


def reload(entry) -> Any:
    return Submission.objects.get(pk=entry.pk)


def test_a_real_picture_reaches_the_moderators(jpeg, client, signed_in):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    app.tasks["submissions.process"](entry.pk)
    entry = reload(entry)
    assert (entry.state, entry.media_type) == (S.PENDING, "image/jpeg")
    assert (entry.width, entry.height) == (64, 48)
    assert entry.lease_until is None
    artist = signed_in(entry.participant)
    for size in SIZES:
        address = reverse("submissions:rendition", args=[entry.public_id, size])
        assert client.get(address).status_code == 404
        assert b"".join(artist.get(address).streaming_content)[8:12] == b"WEBP"


def test_the_original_is_never_changed(jpeg):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    workflow.process(entry.pk)
    assert store().original_path(entry.original).read_bytes() == jpeg


def test_processing_twice_is_harmless(jpeg):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    assert workflow.process(entry.pk) is True
    assert workflow.process(entry.pk) is False
    assert workflow.process(10**9) is False
    assert reload(entry).attempt == 1


@pytest.mark.parametrize(
    ("data", "code", "sentence"),
    [
        (b"\xff\xd8\xff but no picture", "damaged", "damaged or cut off"),
        (b"GIF89a" + b"x" * 20, "not_a_picture", "not a JPEG, PNG or WebP"),
    ],
)
def test_a_file_that_cannot_be_read_is_held_with_a_sentence(data, code, sentence):
    entry = SubmissionFactory(state=S.RECEIVED, data=data)
    workflow.process(entry.pk)
    entry = reload(entry)
    assert (entry.state, entry.fault_code) == (S.QUARANTINED, code)
    assert sentence in entry.fault
    assert entry.fault in Mail.objects.latest("pk").body


def test_a_file_that_changed_in_storage_is_held(jpeg):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    path = store().original_path(entry.original)
    path.chmod(0o600)
    path.write_bytes(jpeg[:-1] + b"x")
    workflow.process(entry.pk)
    entry = reload(entry)
    assert (entry.state, entry.fault_code) == (S.QUARANTINED, "original_damaged")
    assert "no longer matches" in entry.fault


def test_a_quarantined_entry_is_tried_again(jpeg):
    entry = SubmissionFactory(state=S.QUARANTINED, data=jpeg)
    with pytest.raises(NotAllowed):
        workflow.try_again(entry, by=entry.participant)
    workflow.try_again(entry, by=moderator_of(entry))
    assert reload(entry).state == S.RECEIVED
    workflow.process(entry.pk)
    entry = reload(entry)
    assert (entry.state, entry.attempt, entry.fault) == (S.PENDING, 2, "")


def test_the_digests_of_the_pictures_are_kept(jpeg):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    assert workflow.process(entry.pk)
    rows = list(entry.renditions.all())
    assert [row.width_class for row in rows] == [1920, 960, 320]
    for row in rows:
        with store().open_rendition(row.name) as file:
            assert hashlib.sha256(file.read()).hexdigest() == row.sha256


# --- lost messages and dead workers


def test_a_lost_message_is_found_without_a_broker(jpeg, at_once, no_broker, caplog):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    assert workflow.sweep_here() == 1
    assert reload(entry).state == S.PENDING
    assert workflow.sweep_here() == 0


def test_with_a_broker_a_worker_is_woken_once(at_once):
    entry = SubmissionFactory(state=S.RECEIVED)
    assert workflow.sweep() == 1
    Submission.objects.update(next_attempt_at=DatabaseNow() + timedelta(minutes=1))
    assert workflow.sweep() == 0
    assert workflow.sweep_here() == 0
    assert reload(entry).state == S.RECEIVED


def test_the_loop_does_itself_what_waking_did_not_help(jpeg, settings):
    """A worker may take messages and get nowhere; then the loop stops hoping."""
    settings.SWEEP_AFTER = timedelta(microseconds=1)
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    assert workflow.sweep() == 1
    assert reload(entry).state == S.RECEIVED
    assert workflow.sweep_here() == 1
    assert reload(entry).state == S.PENDING


def test_fresh_work_is_left_to_its_worker():
    SubmissionFactory(state=S.RECEIVED)
    assert workflow.sweep() == 0
    app.tasks["submissions.sweep"]()


def expire_lease(entry):
    Submission.objects.filter(pk=entry.pk).update(
        lease_until=DatabaseNow() - timedelta(seconds=1)
    )


def test_the_lease_of_a_dead_worker_is_taken_back():
    entry = SubmissionFactory(state=S.PROCESSING)
    workflow.sweep()
    assert reload(entry).state == S.PROCESSING
    expire_lease(entry)
    workflow.sweep()
    entry = reload(entry)
    assert (entry.state, entry.attempt, entry.lease_owner) == (S.RECEIVED, 1, "")
    assert entry.next_attempt_at > entry.received_at


def test_a_file_that_takes_its_worker_along_every_time_is_held_at_last(settings):
    entry = SubmissionFactory(state=S.PROCESSING)
    for lost in range(settings.PROCESSING_LOST_LEASES):
        found = reload(entry)
        assert (found.attempt, found.lost_leases, found.strikes) == (lost + 1, lost, 0)
        expire_lease(entry)
        workflow.sweep()
        workflow.claim(entry.pk)
    entry = reload(entry)
    assert (entry.state, entry.fault_code) == (S.QUARANTINED, "worker_lost")
    assert "broken off 10 times" in entry.fault
    assert entry.fault in Mail.objects.latest("pk").body


def test_a_lost_lease_is_no_strike(settings, monkeypatch, at_once):
    """Two dead workers and one dead decoder: the file has one strike."""
    entry = SubmissionFactory(state=S.PROCESSING)
    for _ in range(2):
        expire_lease(entry)
        workflow.sweep()
        workflow.claim(entry.pk)
    expire_lease(entry)
    workflow.sweep()
    monkeypatch.setattr(workflow, "render", Killed())
    workflow.process(entry.pk)
    entry = reload(entry)
    assert (entry.state, entry.strikes, entry.lost_leases) == (S.RECEIVED, 1, 3)


def test_after_three_strikes_an_entry_is_held(settings, monkeypatch):
    entry = SubmissionFactory(state=S.RECEIVED)
    monkeypatch.setattr(workflow, "render", Killed())
    for _ in range(settings.PROCESSING_STRIKES):
        assert reload(entry).state == S.RECEIVED
        workflow.process(entry.pk)
    entry = reload(entry)
    assert (entry.state, entry.fault_code) == (S.QUARANTINED, "decoder_died")
    assert "3 times" in entry.fault


def test_trying_again_forgets_strikes_and_lost_leases():
    entry = SubmissionFactory(state=S.PROCESSING)
    workflow._strike(entry)
    workflow._lose_lease(claimed(entry))
    workflow.quarantine(claimed(entry), code="damaged", fault="Damaged.")
    entry = reload(entry)
    assert (entry.strikes, entry.lost_leases) == (1, 1)
    workflow.try_again(entry, by=moderator_of(entry))
    assert (entry.strikes, entry.lost_leases) == (0, 0)


def claimed(entry):
    """The next attempt, which now holds the lease."""
    attempt = workflow.claim(entry.pk)
    assert attempt
    return attempt


def take_over(entry):
    """Let another worker have the entry: its lease is given back and taken anew."""
    workflow._give_back(reload(entry), wait=timedelta(0))
    claimed(entry)


class Killed:
    """A file that kills whoever reads it, as far as the worker can see."""

    def __init__(self, before=lambda: None):
        self.before = before

    def __call__(self, *args, **kwargs):
        self.before()
        raise DecoderDied("killed by SIGKILL")


def test_a_decoder_that_dies_costs_a_strike_and_a_pause(monkeypatch):
    entry = SubmissionFactory(state=S.RECEIVED)
    monkeypatch.setattr(workflow, "render", Killed())
    assert workflow.process(entry.pk) is True
    entry = reload(entry)
    assert (entry.state, entry.attempt, entry.strikes) == (S.RECEIVED, 1, 1)
    assert not workflow.due().exists()


@pytest.mark.parametrize("strikes", [3, 1])
def test_a_worker_that_lost_its_lease_says_so_and_goes_on(
    monkeypatch, caplog, settings, strikes
):
    """Its decoder dies after another worker has taken the entry over."""
    settings.PROCESSING_STRIKES = strikes
    entry = SubmissionFactory(state=S.RECEIVED)

    monkeypatch.setattr(workflow, "render", Killed(lambda: take_over(entry)))
    assert workflow.process(entry.pk) is True
    assert "was taken over by another worker" in caplog.text
    assert reload(entry).state == S.PROCESSING


def test_a_commit_that_comes_too_late_is_said(monkeypatch, caplog, jpeg):
    entry = SubmissionFactory(state=S.RECEIVED, data=jpeg)
    real = rendering.render

    def slow(*args, **kwargs):
        take_over(entry)
        return real(*args, **kwargs)

    monkeypatch.setattr(workflow, "render", slow)
    assert workflow.process(entry.pk) is True
    assert "was taken over by another worker" in caplog.text


def test_a_lease_taken_back_by_another_is_left_alone(monkeypatch):
    entry = SubmissionFactory(state=S.PROCESSING)
    expire_lease(entry)
    real = workflow._lose_lease

    def overtaken(submission):
        take_over(entry)
        real(submission)

    monkeypatch.setattr(workflow, "_lose_lease", overtaken)
    workflow.sweep()
    assert reload(entry).state == S.PROCESSING
