"""Acts of two persons: what each may do, and that what is confirmed was proposed."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import IntegrityError, transaction

from mycenas.accounts.models import Organization
from mycenas.core.approvals import workflow
from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import ApprovalState as S
from mycenas.core.audit.history import history_of
from mycenas.core.http.errors import (
    InvalidTransition,
    LostRace,
    NotAllowed,
    ProblemError,
    constraint_of,
)
from tests.core.approvals.acts import NAME, name_of, proposal
from tests.database.tools import alter, raw
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def expired() -> Approval:
    row = proposal()
    alter("ALTER TABLE approvals_approval DISABLE TRIGGER approval_facts_stay")
    raw(
        "UPDATE approvals_approval SET proposed_at = now() - interval '2 days',"
        " expires_at = now() - interval '1 day' WHERE id = %s",
        [row.pk],
    )
    alter("ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_facts_stay")
    return Approval.objects.get(pk=row.pk)


def test_another_person_confirms_and_it_is_done():
    row, other = proposal(), UserFactory()
    assert name_of(row) == "Guild"
    workflow.confirm(row, digest=row.digest, by=other)
    stored = Approval.objects.get(pk=row.pk)
    assert (stored.state, stored.decided_by) == (S.CONFIRMED, other)
    assert stored.decided_at
    assert stored.proposed_at < stored.decided_at < stored.expires_at
    assert name_of(row) == "Guild+"
    with pytest.raises(InvalidTransition):
        workflow.confirm(stored, digest=row.digest, by=UserFactory())
    assert name_of(row) == "Guild+"


def test_the_proposer_does_not_confirm_or_decline():
    row = proposal()
    with pytest.raises(NotAllowed, match="You proposed this"):
        workflow.confirm(row, digest=row.digest, by=row.proposed_by)
    with pytest.raises(NotAllowed, match="You proposed this"):
        workflow.decline(row, reason="No.", by=row.proposed_by)
    assert name_of(row) == "Guild"


def test_the_kind_decides_who_may():
    stranger = UserFactory(is_active=False)
    with pytest.raises(NotAllowed, match="Only active people"):
        proposal(by=stranger)
    row = proposal()
    with pytest.raises(NotAllowed, match="Only active people"):
        workflow.confirm(row, digest=row.digest, by=stranger)
    with pytest.raises(NotAllowed, match="Only active people"):
        workflow.decline(row, reason="No.", by=stranger)


def test_only_what_the_page_showed_is_confirmed():
    first = proposal()
    workflow.withdraw(first, by=first.proposed_by)
    second = proposal(target=first.target_id, parameters={"ending": "!"})
    with pytest.raises(ProblemError, match="another proposal"):
        workflow.confirm(second, digest=first.digest, by=UserFactory())
    assert name_of(first) == "Guild"


def test_the_digest_is_that_of_everything_proposed():
    row = proposal(parameters={"ending": "+", "among": ["ä", 1]})
    said = [
        row.kind,
        row.target_table,
        row.target_id,
        row.parameters,
        row.reason,
        row.proposed_by_id,
    ]
    # As PostgreSQL prints it: shorter keys first.
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    assert row.digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_failing_act_leaves_the_proposal_open():
    row = proposal()
    raw("ALTER TABLE accounts_organization ADD CONSTRAINT no CHECK (name <> 'Guild+')")
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.confirm(row, digest=row.digest, by=UserFactory())
    assert Approval.objects.get(pk=row.pk).state == S.PROPOSED


def test_who_declines_says_why():
    row, other = proposal(), UserFactory()
    with pytest.raises(ProblemError, match="Say why you decline"):
        workflow.decline(row, reason=" ", by=other)
    workflow.decline(row, reason="Too early.", by=other)
    stored = Approval.objects.get(pk=row.pk)
    assert (stored.state, stored.decision_reason) == (S.DECLINED, "Too early.")
    assert name_of(row) == "Guild"


def test_the_proposer_withdraws_and_nobody_else():
    row = proposal()
    with pytest.raises(NotAllowed, match="Only the person who proposed"):
        workflow.withdraw(row, by=UserFactory())
    workflow.withdraw(row, by=row.proposed_by)
    assert Approval.objects.get(pk=row.pk).state == S.WITHDRAWN
    with pytest.raises(InvalidTransition):
        workflow.confirm(row, digest=row.digest, by=UserFactory())


def test_a_reason_is_needed_and_one_proposal_is_open_at_a_time():
    with pytest.raises(ProblemError, match="Give a reason"):
        proposal(reason=" ")
    row = proposal()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        proposal(target=row.target_id)
    assert constraint_of(caught.value) == "approval_proposed_once"
    workflow.withdraw(row, by=row.proposed_by)
    assert proposal(target=row.target_id).state == S.PROPOSED


def test_what_is_not_decided_in_time_expires():
    fresh, late = proposal(), expired()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        workflow.confirm(late, digest=late.digest, by=UserFactory())
    assert constraint_of(caught.value) == "approval_in_time"
    late.refresh_from_db()
    assert workflow.expire_due() == 1
    late.refresh_from_db()
    fresh.refresh_from_db()
    assert (late.state, late.decided_by, fresh.state) == (S.EXPIRED, None, S.PROPOSED)
    assert late.decided_at is not None


def test_a_stale_page_decides_nothing():
    row = proposal()
    stale = Approval.objects.get(pk=row.pk)
    workflow.withdraw(row, by=row.proposed_by)
    with pytest.raises(LostRace):
        workflow.confirm(stale, digest=row.digest, by=UserFactory())
    assert Organization.objects.get(pk=row.target_id).name == "Guild"


def test_the_journal_has_both_steps():
    row = proposal()
    workflow.decline(row, reason="Too early.", by=UserFactory())
    made, declined = history_of(row)
    assert (made.reason, declined.reason) == ("Grown.", "Too early.")
    assert str(row) == f"{NAME} {row.target_id}"
