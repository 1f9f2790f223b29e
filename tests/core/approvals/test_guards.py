"""The same by SQL: PostgreSQL keeps the two persons apart."""

from __future__ import annotations

import pytest

from mycenas.core.approvals.states import APPROVAL
from mycenas.core.approvals.states import ApprovalState as S
from tests.core.approvals.acts import proposal
from tests.core.approvals.test_workflow import expired
from tests.database.tools import drop_guard, raw, refused
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

INSERT = """
INSERT INTO approvals_approval (kind, target_table, target_id, parameters, reason,
  digest, state, proposed_by_id, expires_at, decision_reason)
VALUES ('k', 't', 1, '{}', %s, %s, %s, %s, now() + interval '1 day', '')
"""


def move(row, state, by=None):
    """The statement's refusal; each state with what the CHECKs ask for."""
    if by is None and state in (S.CONFIRMED, S.DECLINED):
        by = UserFactory()
    if state == S.WITHDRAWN:
        by = by or row.proposed_by
    return refused(
        "UPDATE approvals_approval SET state = %s, decided_at = now(),"
        " decided_by_id = %s, decision_reason = 'why' WHERE id = %s",
        [state, by and by.pk, row.pk],
    )


def act_as(person):
    raw("SELECT set_config('mycenas.actor', %s, true)", [str(person.pk)])


def in_state(state):
    row = expired() if state == S.EXPIRED else proposal()
    if state != S.PROPOSED:
        by = {S.WITHDRAWN: row.proposed_by, S.EXPIRED: None}.get(state, UserFactory())
        raw(
            "UPDATE approvals_approval SET state = %s, decided_at = now(),"
            " decided_by_id = %s, decision_reason = 'why' WHERE id = %s",
            [state, by and by.pk, row.pk],
        )
    return row


def test_postgresql_allows_exactly_the_declared_moves():
    for old in S:
        row = in_state(old)
        for new in set(S) - {old, S.EXPIRED, S.PROPOSED}:
            rule = "" if APPROVAL.allows(old, new) else "approval_moves"
            assert move(row, new) == rule, (old, new)
    assert move(expired(), S.EXPIRED) == ""
    assert move(in_state(S.DECLINED), S.PROPOSED) == "approval_moves"


def test_an_approval_starts_as_a_proposal_with_a_reason():
    person = UserFactory().pk
    assert refused(INSERT, ["why", "", "confirmed", person]) == "approval_starts"
    assert refused(INSERT, ["", "", "proposed", person]) == "approval_has_reason"
    assert refused(INSERT, ["why", "", "proposed", person]) == ""


def test_two_persons_by_the_columns():
    row = proposal()
    for state in (S.CONFIRMED, S.DECLINED):
        assert move(row, state, row.proposed_by) == "approval_decided_by_another"
    other = UserFactory()
    assert move(row, S.WITHDRAWN, other) == "approval_withdrawn_by_proposer"


def test_two_persons_by_the_actor():
    """Whoever acts cannot write another person's name into the row."""
    row, other = proposal(), UserFactory()
    act_as(row.proposed_by)
    assert move(row, S.CONFIRMED, other) == "approval_by_its_person"
    assert refused(INSERT, ["w", "", "proposed", other.pk]) == "approval_by_its_person"
    act_as(other)
    assert move(row, S.CONFIRMED, other) == ""


def test_the_digest_is_not_taken_from_the_statement():
    row = proposal()
    raw(INSERT, ["why", "a" * 64, "proposed", row.proposed_by_id])
    newest = type(row).objects.latest("pk")
    assert newest.digest not in ("a" * 64, row.digest)
    assert len(newest.digest) == 64


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'other'",
        "target_table = 'other'",
        "target_id = target_id + 1",
        'parameters = \'{"ending": "!"}\'',
        "reason = 'Another.'",
        "digest = repeat('a', 64)",
        "proposed_by_id = %s",
        "proposed_at = now()",
        "expires_at = expires_at + interval '1 day'",
    ],
)
def test_what_was_proposed_stays(change):
    row, other = proposal(), UserFactory()
    change = change.replace("%s", str(other.pk))
    sql = f"UPDATE approvals_approval SET {change} WHERE id = {row.pk}"
    assert refused(sql) == "approval_facts_stay"
    drop_guard("approval_facts_stay")
    assert refused(sql) == ""


def test_a_decision_stays_and_no_row_goes():
    row = in_state(S.DECLINED)
    sql = f"UPDATE approvals_approval SET decision_reason = 'x' WHERE id = {row.pk}"
    assert refused(sql) == "approval_decision_stays"
    sql = f"DELETE FROM approvals_approval WHERE id = {row.pk}"
    assert refused(sql) == "approval_stays"


def test_the_end_of_the_time_decides():
    assert move(proposal(), S.EXPIRED) == "approval_in_time"
    late = expired()
    assert move(late, S.CONFIRMED) == "approval_in_time"
    assert move(late, S.WITHDRAWN) == ""


def test_the_database_clock_stamps():
    row = proposal()
    raw(
        "UPDATE approvals_approval SET state = 'withdrawn', decided_at = '2001-01-01',"
        " decided_by_id = proposed_by_id WHERE id = %s",
        [row.pk],
    )
    row.refresh_from_db()
    assert row.decided_at
    assert row.decided_at > row.proposed_at
