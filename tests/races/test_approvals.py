"""Two people at one proposal, and two proposals of one act."""

from __future__ import annotations

from functools import partial

import pytest

from mycenas.core.approvals import kinds, workflow
from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import ApprovalState
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import LostRace, constraint_of
from tests.core.approvals.acts import NAME, RENAME, name_of, proposal, rename
from tests.factories import OrganizationFactory, UserFactory
from tests.races.tools import (
    crowd,
    holding,
    outcome,
    wait_for_waiting,
    without_index,
    without_trigger,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setitem(kinds._kinds, NAME, RENAME)


def both_at_once(row, *acts):
    """Two people act while the row is held, so both have read it before."""
    with crowd() as people:
        with holding(row):
            started = [people.start(act) for act in acts]
            wait_for_waiting(len(acts))
        return [outcome(one) for one in started]


def confirmations(row, confirm):
    return [
        partial(confirm, Approval.objects.get(pk=row.pk), by=UserFactory())
        for _ in range(2)
    ]


def test_two_people_confirm_at_once_and_it_is_done_once():
    row = proposal()
    confirm = partial(workflow.confirm, digest=row.digest)
    found = both_at_once(row, *confirmations(row, confirm))
    assert sorted(isinstance(one, LostRace) for one in found) == [False, True]
    assert name_of(row) == "Guild+"


def test_without_the_condition_it_is_done_twice():
    """The control: the same UPDATE without asking for the state that was read."""
    row = proposal()

    def careless(approval, by):
        Approval.objects.filter(pk=approval.pk).update(
            state=ApprovalState.CONFIRMED, decided_by=by, decided_at=DatabaseNow()
        )
        rename(approval, by)

    with without_trigger("approval_decision_stays", "approvals_approval"):
        assert both_at_once(row, *confirmations(row, careless)) == [None, None]
    assert name_of(row) == "Guild++"


def test_what_is_withdrawn_meanwhile_is_not_done():
    row = proposal()
    stale = Approval.objects.get(pk=row.pk)
    withdraw = partial(workflow.withdraw, row, by=row.proposed_by)
    confirm = partial(workflow.confirm, stale, digest=row.digest, by=UserFactory())
    found = both_at_once(row, withdraw, confirm)
    assert sorted(isinstance(one, LostRace) for one in found) == [False, True]
    state = Approval.objects.get(pk=row.pk).state
    done = {"withdrawn": "Guild", "confirmed": "Guild+"}
    assert name_of(row) == done[state]


def proposed_twice():
    target, people = OrganizationFactory(), [UserFactory() for _ in range(2)]
    acts = [partial(proposal, target=target.pk, by=person) for person in people]
    with crowd() as busy:
        return [outcome(one) for one in [busy.start(act) for act in acts]]


def test_one_act_is_proposed_once_at_a_time():
    errors = [one for one in proposed_twice() if not isinstance(one, Approval)]
    assert [constraint_of(error) for error in errors] == ["approval_proposed_once"]
    assert Approval.objects.count() == 1


def test_without_the_index_it_is_proposed_twice():
    with without_index(Approval, "approval_proposed_once"):
        proposed_twice()
        assert Approval.objects.count() == 2
