"""Workers who meet at one entry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import LostRace
from submissions.models import Submission
from submissions.processing import workflow
from submissions.states import SubmissionState as S
from tests.factories import PICTURE, SubmissionFactory, names_of
from tests.races.tools import crowd, holding, outcome, wait_for_waiting

pytestmark = pytest.mark.django_db(transaction=True)


def both_at_once(entry, act):
    """Two workers begin while the row is held, so both have read it before."""
    with crowd() as people:
        with holding(entry):
            first, second = people.start(act), people.start(act)
            wait_for_waiting(2)
        return [outcome(first), outcome(second)]


def test_two_workers_claim_one_row_and_one_gets_it():
    entry = SubmissionFactory(state=S.RECEIVED)
    found = both_at_once(entry, lambda: workflow.claim(entry.pk))
    assert sorted(result is None for result in found) == [False, True]
    entry.refresh_from_db()
    assert (entry.state, entry.attempt) == (S.PROCESSING, 1)


def test_without_the_condition_both_would_have_it():
    """The control: the same UPDATE without asking for the state that was read."""
    entry = SubmissionFactory(state=S.RECEIVED)

    def careless_claim():
        return Submission.objects.filter(pk=entry.pk).update(
            state=S.PROCESSING, attempt=1, lease_until=DatabaseNow()
        )

    assert both_at_once(entry, careless_claim) == [1, 1]


def overtaken():
    """An attempt whose lease was taken over, and the attempt that took it."""
    late = SubmissionFactory(state=S.PROCESSING)
    Submission.objects.filter(pk=late.pk).update(
        lease_until=DatabaseNow() - timedelta(seconds=1)
    )
    workflow._take_back_expired_leases()
    current = workflow.claim(late.pk)
    assert current is not None
    assert current.attempt == late.attempt + 1
    return late, current


def test_a_late_commit_is_fenced_off():
    late, current = overtaken()
    with pytest.raises(LostRace):
        workflow.commit(late, PICTURE)
    assert not current.renditions.exists()
    workflow.commit(current, PICTURE)
    assert {r.name for r in current.renditions.all()} == set(names_of(current).values())


def test_a_late_quarantine_is_fenced_off():
    late, current = overtaken()
    workflow.quarantine(late, code="damaged", fault="Damaged.")
    current.refresh_from_db()
    assert current.state == S.PROCESSING


def test_without_the_fence_a_late_commit_would_count():
    """The control: the state alone is the same for both attempts."""
    late, current = overtaken()
    with transaction.atomic():
        workflow.write_renditions(current, PICTURE)
    late.move(
        S.PENDING,
        lease_until=None,
        processed_at=DatabaseNow(),
        width=1,
        height=1,
        media_type="image/png",
    )
    with pytest.raises(LostRace):
        workflow.commit(current, PICTURE)
