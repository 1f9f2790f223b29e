"""What is declared for a file, or ends its address, while it is being acknowledged."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from mycenas.accounts.models import User
from submissions.intake import queries
from submissions.intake.upload_urls import rotate
from submissions.models import Submission, Upload
from submissions.states import SubmissionState as S
from tests.database.tools import refused
from tests.protocol.raw.sending import ask_ticket, put, take_ticket
from tests.protocol.tus.serving import metadata
from tests.protocol.tus.world import JPEG_HEAD
from tests.races.tools import (
    crowd,
    holding,
    outcome,
    wait_for_waiting,
    without_trigger,
)

pytestmark = pytest.mark.django_db(transaction=True)

PICTURE = JPEG_HEAD + bytes(7000)
HALF = PICTURE[:4000]
DIGEST = hashlib.sha256(PICTURE).hexdigest()
DECLARE = "UPDATE submissions_upload SET sha256 = %s"


# --- it happens before the acknowledgment


def digest():
    Upload.objects.update(sha256=DIGEST)


def length():
    Upload.objects.update(length=len(PICTURE))


def new_address():
    upload = Upload.objects.get()
    upload.submission.participant = User.objects.get()
    rotate(upload)


def half_sent_meanwhile(ada, path, change):
    """The half stands before the row when the change is committed."""
    with crowd() as people:
        with holding(Submission.objects.get()):
            change()
            sending = people.start(lambda: put(ada, path, HALF))
            wait_for_waiting(1)
        return outcome(sending)


CHANGES = pytest.mark.parametrize(
    ("change", "code"),
    [
        (digest, "sha256_mismatch"),
        (length, "length_fixed"),
        (new_address, "upload_over"),
    ],
)


@CHANGES
def test_a_change_before_the_acknowledgment_holds(change, code, ada, competition):
    reply = half_sent_meanwhile(ada, take_ticket(ada, competition), change)
    assert reply.code == code
    assert Submission.objects.get().state == S.RESERVED


@CHANGES
def test_without_the_lock_a_half_is_acknowledged(
    change, code, ada, competition, monkeypatch
):
    """The control: the statement sees the upload as it was when it began."""
    unlocked = queries.ACKNOWLEDGE.replace("FOR UPDATE", "")
    monkeypatch.setattr(queries, "ACKNOWLEDGE", unlocked)
    reply = half_sent_meanwhile(ada, take_ticket(ada, competition), change)
    assert reply.status == 202
    assert Submission.objects.get().size == len(HALF)


# --- the acknowledgment comes first


@contextmanager
def acknowledgments_held_back(competition):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7301, %s)", [competition.pk])
        yield


def declared_meanwhile(ada, competition, declare):
    """The file's acknowledgment has begun when another request declares a digest."""
    path = take_ticket(ada, competition)
    with crowd() as people:
        with acknowledgments_held_back(competition):
            sending = people.start(lambda: put(ada, path, HALF))
            wait_for_waiting(1)
            declaring = people.start(declare)
            wait_for_waiting(2)
        assert outcome(sending).status == 202
        return outcome(declaring)


def test_a_ticket_for_another_file_than_was_received_is_refused(ada, competition):
    def declare():
        return ask_ticket(ada, competition, sha256=DIGEST)

    reply = declared_meanwhile(ada, competition, declare)
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")


def test_nothing_is_declared_for_a_file_that_was_received(ada, competition):
    def declare():
        return refused(DECLARE, [DIGEST])

    assert declared_meanwhile(ada, competition, declare) == "upload_declared_once"
    assert Upload.objects.get().sha256 is None


def test_a_length_declared_for_a_file_that_was_received_may_be_declared_again(
    ada, competition
):
    """The client reads when to repeat its request, and the repeat is answered."""

    def declare():
        said = metadata(ticket=Submission.objects.get().token)
        return ada.create(len(HALF), Upload_Metadata=said)

    reply = declared_meanwhile(ada, competition, declare)
    assert (reply.status, reply.code) == (409, "upload_declared_once")
    assert reply.headers["Retry-After"] == "1"
    assert "Send the same request again" in reply.json["detail"]
    again = declare()
    assert (again.status, again.offset) == (201, len(HALF))


def test_without_the_guard_a_received_file_gets_another_digest(ada, competition):
    """The control."""

    def declare():
        return refused(DECLARE, [DIGEST])

    with without_trigger("upload_declared_once", "submissions_upload"):
        assert declared_meanwhile(ada, competition, declare) == ""
