"""Rows by their keys: the same rows as Django's own, found and stored."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from competitions.states import CompetitionState
from mycenas.core.audit.actor import acting
from mycenas.core.db import database
from mycenas.core.models import AuditEntry
from submissions.models import Submission, Upload
from tests.factories import CompetitionFactory, UserFactory

pytestmark = pytest.mark.django_db


def values(row: Submission) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


def fresh(**fields: object) -> Submission:
    return Submission(title="Dusk", participant=UserFactory(), **fields)


def test_a_stored_row_is_as_postgresql_has_it():
    contest = CompetitionFactory(state=CompetitionState.OPEN)
    row = database.insert_returning(
        fresh(competition=contest, idempotency_key="stored-1")
    )
    assert row.arrived_at < row.upload_until
    assert values(row) == values(Submission.objects.get())


def test_two_rows_are_stored_by_one_statement(django_assert_num_queries):
    contest = CompetitionFactory(state=CompetitionState.OPEN)
    ticket = fresh(competition=contest, idempotency_key="stored-1")
    # Between a savepoint and its release, for the test has a transaction open.
    with django_assert_num_queries(3):
        assert database.insert_both(ticket, part := Upload(length=7), "submission")
    assert values(ticket) == values(Submission.objects.get())
    stored = Upload.objects.get()
    assert (part.pk, part.name, part.length) == (stored.pk, stored.name, 7)
    assert part.submission is ticket
    assert ticket.upload is part


def test_neither_row_is_stored_if_the_condition_holds():
    contest = CompetitionFactory(state=CompetitionState.OPEN)
    unless = ("EXISTS (SELECT FROM submissions_submission WHERE title = %s)", ["Dusk"])
    for key, is_new in (("stored-1", True), ("stored-2", False)):
        ticket = fresh(competition=contest, idempotency_key=key)
        is_stored = database.insert_both(ticket, Upload(), "submission", unless=unless)
        assert is_stored is is_new
    assert Submission.objects.get().idempotency_key == "stored-1"
    assert Upload.objects.count() == 1


def test_neither_of_two_rows_is_stored_without_the_other():
    contest = CompetitionFactory(state=CompetitionState.OPEN)
    ticket = fresh(competition=contest, idempotency_key="stored-1")
    with pytest.raises(IntegrityError):
        database.insert_both(ticket, Upload(length=-1), "submission")
    assert not Submission.objects.exists()


def test_the_audit_knows_who_stored_it():
    contest = CompetitionFactory(state=CompetitionState.OPEN)
    ticket = fresh(competition=contest, idempotency_key="stored-1")
    with acting(lambda: (ticket.participant_id, "a test")):
        row = database.insert_returning(ticket)
    told = AuditEntry.objects.get(
        table_name="submissions_submission", row_id=row.pk, operation="INSERT"
    )
    assert (told.actor, told.source) == (ticket.participant_id, "a test")


def test_a_refusal_leaves_the_transaction_around_it():
    early = CompetitionFactory()
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            database.insert_returning(
                fresh(competition=early, idempotency_key="stored-1")
            )
        assert not Submission.objects.exists()
