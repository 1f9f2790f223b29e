"""Phase one without the gateway: reservations, bytes, acknowledgments."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from mycenas.celery import app
from mycenas.core.http.errors import LostRace, ProblemError
from mycenas.core.models import Mail
from mycenas.core.queue.mail import send_waiting
from mycenas.storage import Store, store
from mycenas.storage.files import Files
from submissions.intake import workflow
from submissions.intake.own_entries import entries_left, own_reservation
from submissions.intake.refusals import DifferentRepeat, StorageUnavailable
from submissions.intake.upload_urls import Gone, check_open, upload_for
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    staged,
    timezone,
    walk_competition,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=2)


@pytest.fixture
def ada():
    return UserFactory()


def receive(ticket, data=None, **kwargs):
    return workflow.receive(ticket, staged(data), name="dusk.jpg", files=store())


# --- tickets


def test_a_ticket_records_arrival_and_words(competition, ada):
    ticket = workflow.reserve(competition, words(title="Dusk"), by=ada)
    assert (ticket.state, ticket.title) == (S.RESERVED, "Dusk")
    assert ticket.upload_until - ticket.arrived_at == competition.upload_window
    assert len(ticket.token) == 32


def test_the_same_key_again_is_the_same_ticket_with_the_newest_words(competition, ada):
    first = workflow.reserve(competition, words(idempotency_key="key-of-ada"), by=ada)
    again = workflow.reserve(
        competition, words(idempotency_key="key-of-ada", title="Dawn"), by=ada
    )
    assert again.pk == first.pk
    assert (again.title, again.arrived_at) == ("Dawn", first.arrived_at)


def test_words_are_final_once_the_file_is_there(competition, ada):
    first = workflow.reserve(
        competition, words(idempotency_key="key-of-ada", title="Dusk"), by=ada
    )
    receive(first)
    again = workflow.reserve(
        competition, words(idempotency_key="key-of-ada", title="Dawn"), by=ada
    )
    assert (again.pk, again.title) == (first.pk, "Dusk")


def test_one_key_of_two_people_makes_two_entries(competition, ada):
    form = words(idempotency_key="not-secret")
    first = workflow.reserve(competition, form, by=ada)
    assert workflow.reserve(competition, form, by=UserFactory()).pk != first.pk


def test_a_key_belongs_to_one_competition(competition, ada):
    first = workflow.reserve(competition, words(idempotency_key="key-of-ada"), by=ada)
    other, again = CompetitionFactory(state="open"), words(idempotency_key="key-of-ada")
    with pytest.raises(DifferentRepeat, match="another competition"):
        workflow.reserve(other, again, by=ada)
    receive(first)
    with pytest.raises(DifferentRepeat, match="another competition"):
        workflow.reserve(other, again, by=ada)
    assert workflow.reserve(competition, again, by=ada).pk == first.pk
    assert Submission.objects.count() == 1


def test_at_the_limit_a_ticket_that_waits_is_gone_on_with(competition, ada):
    waiting = SubmissionFactory(competition=competition, participant=ada)
    SubmissionFactory(competition=competition, participant=ada, state=S.PENDING)
    ticket = workflow.reserve(competition, words(title="Once more"), by=ada)
    assert (ticket.pk, ticket.title) == (waiting.pk, "Once more")


def test_beyond_the_limit_nothing_is_taken(competition, ada):
    for _ in range(2):
        SubmissionFactory(competition=competition, participant=ada, state=S.PENDING)
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.reserve(competition, words(), by=ada)


def test_the_window_and_the_category_are_the_databases_matter(competition, ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.reserve(competition, words(category=CategoryFactory()), by=ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.reserve(CompetitionFactory(), words(), by=ada)


@pytest.mark.parametrize(
    ("state", "left"),
    [
        (S.RESERVED, 2),
        (S.RECEIVED, 1),
        (S.REJECTED, 1),
        (S.WITHDRAWN, 2),
        (S.EXPIRED, 2),
    ],
)
def test_how_many_entries_are_left(competition, ada, state, left):
    SubmissionFactory(competition=competition, participant=ada, state=state)
    assert entries_left(competition, ada) == left


# --- bytes


def test_the_acknowledgment_names_what_was_kept(competition, ada):
    data = b"\xff\xd8\xff" + b"light" * 100
    entry = receive(workflow.reserve(competition, words(), by=ada), data)
    assert (entry.state, entry.size) == (S.RECEIVED, len(data))
    assert store().original_path(entry.original).read_bytes() == data
    assert store().verify(entry.original, sha256=entry.sha256, size=entry.size)
    assert send_waiting() == 1
    mail = Mail.objects.get()
    assert mail.to == ada.email
    assert entry.sha256 in mail.body
    assert f"/receipts/{entry.token}/" in mail.body
    assert mail.subject == f"Received: “{entry.title}” for {competition.title}"


def test_the_same_bytes_again_change_nothing(competition, ada):
    entry = receive(workflow.reserve(competition, words(), by=ada), b"\xff\xd8\xffa")
    again = receive(entry, b"\xff\xd8\xffa")
    assert again.received_at == entry.received_at
    assert Mail.objects.count() == 1


def test_other_bytes_under_the_same_key_are_refused(competition, ada):
    entry = receive(workflow.reserve(competition, words(), by=ada), b"\xff\xd8\xffa")
    with pytest.raises(DifferentRepeat) as caught:
        receive(entry, b"\xff\xd8\xffb")
    assert (caught.value.status, caught.value.code) == (422, "idempotency_key_reused")
    entry.refresh_from_db()
    assert store().verify(entry.original, sha256=entry.sha256, size=entry.size)


def test_bytes_that_differ_from_what_was_declared_are_refused(competition, ada):
    declared = "0" * 64
    ticket = workflow.reserve(competition, words(sha256=declared), by=ada)
    with pytest.raises(ProblemError, match=f"should be {declared}") as caught:
        receive(ticket)
    assert caught.value.code == "sha256_mismatch"
    ticket.refresh_from_db()
    assert ticket.state == S.RESERVED


def test_bytes_as_declared_are_taken(competition, ada):
    file = staged(b"\xff\xd8\xffdeclared")
    ticket = workflow.reserve(
        competition, words(sha256=file.sha256, size=file.size), by=ada
    )
    workflow.receive(ticket, file, name="a.jpg", files=store())
    assert ticket.state == S.RECEIVED


class FullDisk(Files):
    def link(self, source, target):
        raise OSError(28, "No space left on device")


def test_a_full_storage_costs_no_arrival(competition, ada, caplog):
    ticket = workflow.reserve(competition, words(), by=ada)
    full = Store(store().root, FullDisk())
    with pytest.raises(StorageUnavailable, match="arrival is recorded") as caught:
        workflow.receive(ticket, staged(), name="a.jpg", files=full)
    assert (caught.value.status, bool(caught.value.retry_after)) == (503, True)
    assert "was not stored" in caplog.text
    ticket.refresh_from_db()
    assert ticket.state == S.RESERVED
    assert receive(ticket).state == S.RECEIVED


def test_bytes_after_their_window_are_too_late(ada):
    competition = CompetitionFactory(
        state="open", upload_window=timedelta(microseconds=1)
    )
    ticket = workflow.reserve(competition, words(), by=ada)
    upload = upload_for(ticket)
    assert upload is not None
    with pytest.raises(Gone, match=r"ended at .* \(UTC\)"):
        check_open(upload)
    with pytest.raises(IntegrityError), transaction.atomic():
        receive(ticket)


def test_what_was_received_is_never_too_late(ada):
    ticket = SubmissionFactory(state=S.RECEIVED)
    ticket.upload_until = timezone.now() - timedelta(days=1)
    check_open(Upload(submission=ticket))


def test_bytes_may_follow_after_the_deadline(ada):
    """Arrival decides; the file has its window."""
    competition = contest("open", entries=0)
    ticket = workflow.reserve(competition, words(), by=ada)
    walk_competition(competition, "moderation")
    assert receive(ticket).state == S.RECEIVED


# --- the way out


@pytest.fixture
def no_grace(monkeypatch):
    monkeypatch.setattr(workflow, "EXPIRY_GRACE", timedelta(0))


def test_tickets_without_a_file_end(no_grace):
    short = CompetitionFactory(state="open", upload_window=timedelta(microseconds=1))
    late = SubmissionFactory(competition=short)
    waiting = SubmissionFactory()
    app.tasks["submissions.expire"]()
    states = [Submission.objects.get(pk=t.pk).state for t in (late, waiting)]
    assert states == [S.EXPIRED, S.RESERVED]
    assert workflow.expire_reservations() == 0


def test_a_ticket_that_moved_on_is_left_alone(no_grace):
    ticket = SubmissionFactory()
    stale = Submission.objects.get(pk=ticket.pk)
    receive(ticket)
    assert workflow._expire(stale) is False
    with pytest.raises(LostRace):
        stale.move(S.EXPIRED)


def test_a_ticket_is_for_its_owner_only():
    ticket = SubmissionFactory()
    assert own_reservation(ticket.token, by=ticket.participant) == ticket
    assert own_reservation(ticket.token, by=UserFactory()) is None
    assert own_reservation("", by=ticket.participant) is None
