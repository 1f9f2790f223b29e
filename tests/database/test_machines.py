"""Every ordered pair of states, by raw SQL, against what the machine declares."""

from __future__ import annotations

import pytest

from campaigns.states import CAMPAIGN, CampaignState
from competitions.states import COMPETITION, CompetitionState
from mycenas.core.errors import sentence_for
from mycenas.core.machine import StateMachine
from submissions.states import SUBMISSION
from submissions.states import SubmissionState as S
from tests.database.doors.world import campaign_in, competition_in, submission_in
from tests.database.tools import leave_only, one, refused

pytestmark = pytest.mark.django_db

NOW = "clock_timestamp()"
# What the CHECKs ask for in each state, so that only the move itself can be refused.
TIMES = {
    "open": f", opened_at = {NOW}",
    "moderation": f", moderation_started_at = {NOW}",
    "closed": f", closed_at = {NOW}",
    "winner_announced": f", winners_announced_at = {NOW}",
}
FACTS = {
    S.RECEIVED: f", lease_until = NULL, received_at = {NOW}, original = token,"
    " size = 1, sha256 = repeat('a', 64), receipt_issuer = 'x',"
    " receipt_slug = 'x', receipt_title = 'x'",
    S.PROCESSING: f", lease_until = {NOW}",
    S.QUARANTINED: ", lease_until = NULL, fault = 'damaged'",
    S.PENDING: f", lease_until = NULL, processed_at = {NOW}, width = 1, height = 1,"
    " media_type = 'image/png'",
    S.REJECTED: ", decision_reason = 'blurred'",
    S.DISQUALIFIED: ", decision_reason = 'copied'",
    S.WITHDRAWN: f", withdrawn_at = {NOW}",
}


def facts_for(machine: StateMachine, old: str, new: str) -> str:
    """More columns to set, so that the CHECKs agree with ``new``."""
    if machine is COMPETITION:
        return TIMES.get(new, "")
    if machine is CAMPAIGN:
        return f", ended_at = {NOW}" if new == CampaignState.ENDED else ""
    if new == S.RECEIVED and old != S.RESERVED:
        return ", lease_until = NULL"
    return FACTS.get(S(new), "")


MAKERS = (
    (COMPETITION, competition_in),
    (SUBMISSION, submission_in),
    (CAMPAIGN, campaign_in),
)
STATES = [
    pytest.param(machine, make, str(state.value), id=f"{machine.name}-{state.value}")
    for machine, make in MAKERS
    for state in machine.states
]


@pytest.mark.parametrize(("machine", "make", "old"), STATES)
def test_postgresql_allows_exactly_the_declared_moves(machine, make, old):
    """All guards in place: what is allowed passes, the rest is named and explained."""
    row = make(old)
    for new in (str(state.value) for state in machine.states):
        if new == old:
            continue
        by = refused(move_sql(machine, old, new), [new, row.pk])
        assert (by == "") is machine.allows(old, new), (new, by)
        assert by == "" or sentence_for(by), (new, by)


@pytest.mark.parametrize(("machine", "make", "old"), STATES)
def test_the_machine_alone_refuses_by_its_own_name(machine, make, old):
    row = make(old)
    leave_only(machine.table, machine.moves_trigger)
    for new in (str(state.value) for state in machine.states):
        if new == old:
            continue
        by = refused(move_sql(machine, old, new), [new, row.pk])
        expected = "" if machine.allows(old, new) else machine.moves_trigger
        assert by == expected, new


def move_sql(machine: StateMachine, old: str, new: str) -> str:
    facts = facts_for(machine, old, new)
    return f"UPDATE {machine.table} SET state = %s{facts} WHERE id = %s"


@pytest.mark.parametrize(
    ("machine", "make", "old"), [s for s in STATES if s.values[0] is not SUBMISSION]
)
def test_without_the_machine_every_move_would_pass(machine, make, old):
    """The control: it is the trigger that refuses, not something else.

    Entries are left out: their CHECKs also tie most states to facts.
    """
    row = make(old)
    leave_only(machine.table)
    passed = [
        str(state.value)
        for state in machine.states
        if not machine.allows(old, state.value)
        and not refused(
            f"UPDATE {machine.table} SET state = %s{reset(machine, state.value)}"
            " WHERE id = %s",
            [state.value, row.pk],
        )
    ]
    assert set(passed) == {
        str(s.value) for s in machine.states if not machine.allows(old, s.value)
    }


def reset(machine: StateMachine, new: str) -> str:
    """All columns that depend on the state, as the CHECKs want them in ``new``."""
    if machine is CAMPAIGN:
        ended = NOW if new == CampaignState.ENDED else "NULL"
        return f", ended_at = {ended}, approved_at = {NOW}, approved_by_id = sponsor_id"
    order = [str(state.value) for state in CompetitionState]
    columns = (
        "opened_at", "moderation_started_at", "closed_at", "winners_announced_at",
    )  # fmt: skip
    reached = order.index(new)
    return "".join(
        f", {column} = {NOW if index < reached else 'NULL'}"
        for index, column in enumerate(columns)
    )


@pytest.mark.parametrize(("machine", "make", "old"), STATES)
def test_no_row_can_be_put_into_a_state_nobody_knows(machine, make, old):
    row = make(old)
    sql = f"UPDATE {machine.table} SET state = 'lost' WHERE id = %s"
    assert refused(sql, [row.pk])
    leave_only(machine.table, machine.moves_trigger)
    assert refused(sql, [row.pk]) == machine.moves_trigger
    leave_only(machine.table)
    assert refused(sql, [row.pk]).startswith(f"{machine.name}_")


def copy_sql(table: str, **values: str) -> str:
    """An INSERT of a copy of one row, with other values in some columns."""
    names = (
        "SELECT string_agg(quote_ident(column_name), ', ')"
        " FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'"
    )
    columns = one(names, [table]).split(", ")
    picked = ", ".join(values.get(column, column) for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM {table}"
        " WHERE id = %s"
    )


FRESH = {
    "competition": {"slug": "'copy'"},
    "campaign": {},
    "submission": {
        "token": "repeat('t', 32)",
        "public_id": "repeat('p', 11)",
        "original": "NULL",
        "idempotency_key": "'another-key'",
    },
}


@pytest.mark.parametrize(
    ("machine", "make", "state"),
    [
        pytest.param(machine, make, state, id=f"{machine.name}-{state}")
        for (machine, make) in MAKERS
        for state in [*(str(s.value) for s in machine.states), "lost"]
    ],
)
def test_rows_start_in_the_initial_state_only(machine, make, state):
    row = make(str(machine.initial))
    fresh = {**FRESH[machine.name], "state": f"'{state}'"}
    by = refused(copy_sql(machine.table, **fresh), [row.pk])
    assert by == ("" if state == machine.initial else machine.starts_trigger)


@pytest.mark.parametrize(("machine", "make"), MAKERS)
def test_staying_is_no_move(machine, make):
    """Other columns can be changed while the state stays what it is."""
    row = make(str(machine.initial))
    sql = f"UPDATE {machine.table} SET state = state WHERE id = %s"
    assert refused(sql, [row.pk]) == ""
    assert not machine.allows(str(machine.initial), str(machine.initial))
