"""``move``: the one door through which a state changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import InvalidTransition, LostRace
from mycenas.core.models import AuditEntry, Mail
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import OrganizationFactory, SubmissionFactory, organizer_of

pytestmark = pytest.mark.django_db


def decided(entry: Submission) -> dict[str, Any]:
    """What a decision states."""
    return {"decided_by": organizer_of(entry), "decided_at": DatabaseNow()}


def test_a_move_takes_its_changes_along():
    entry = SubmissionFactory(state=S.PENDING)
    entry.move(S.REJECTED, decision_reason="Blurred.", **decided(entry))
    assert (entry.state, entry.decision_reason) == (S.REJECTED, "Blurred.")
    assert Submission.objects.get(pk=entry.pk).state == S.REJECTED


def test_a_move_that_does_not_exist_is_explained_in_words():
    entry = SubmissionFactory()
    with pytest.raises(InvalidTransition) as caught:
        entry.move(S.APPROVED)
    assert str(caught.value) == (
        "This cannot go from “waiting for its file” to “accepted”."
    )
    assert (caught.value.code, caught.value.status) == ("invalid_transition", 409)


def test_a_move_to_the_state_that_it_is_in_says_so():
    entry = SubmissionFactory(state=S.PENDING)
    entry.move(S.APPROVED, **decided(entry))
    with pytest.raises(InvalidTransition) as caught:
        entry.move(S.APPROVED, **decided(entry))
    assert str(caught.value) == "Nothing was changed: this is “accepted” already."
    assert caught.value.status == 409


def test_a_row_that_moved_on_is_not_moved_again():
    entry = SubmissionFactory(state=S.PENDING)
    stale = Submission.objects.get(pk=entry.pk)
    entry.move(S.APPROVED, **decided(entry))
    with pytest.raises(LostRace, match="Somebody else"):
        stale.move(S.REJECTED, decision_reason="Blurred.", **decided(entry))
    assert Submission.objects.get(pk=entry.pk).state == S.APPROVED


def test_what_was_expected_has_to_hold():
    entry = SubmissionFactory(state=S.PROCESSING)
    with pytest.raises(LostRace):
        entry.move(S.QUARANTINED, expect={"attempt": 7}, fault="x", lease_until=None)


def test_postgresql_has_the_last_word():
    entry = SubmissionFactory(state=S.PENDING)
    with pytest.raises(IntegrityError):
        entry.move(S.REJECTED, decision_reason="", **decided(entry))


def test_rows_name_themselves():
    OrganizationFactory()
    assert str(Mail(to="a@example.org", subject="Hello")) == "Hello"
    entries = AuditEntry.objects.filter(table_name="accounts_organization")
    assert str(entries.last()).startswith("INSERT accounts_organization ")
