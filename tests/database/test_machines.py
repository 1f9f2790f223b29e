"""Every ordered pair of states, by raw SQL, against what the machine declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from campaigns.states import CAMPAIGN, CampaignState
from competitions.states import COMPETITION, CompetitionState
from mycenas.core.http.errors import sentence_for
from mycenas.core.states.machine import StateMachine
from mycenas.staff.exports.states import EXPORT
from submissions.states import SubmissionState as S
from tests.database.tools import leave_only, one, refused, undone
from tests.database.write_paths.world import MACHINES, World, each_machine, states

Rows = Callable[[StateMachine], list[Any]]
NOW = "clock_timestamp()"
# By an organizer, who is another person than the artist.
DECIDED = (
    f", decided_at = {NOW}, decided_by_id = (SELECT max(user_id) FROM"
    " accounts_membership JOIN competitions_competition AS c USING (organization_id)"
    " WHERE c.id = competition_id AND role = 'organizer')"
)
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
    S.APPROVED: DECIDED,
    S.REJECTED: f"{DECIDED}, decision_reason = 'blurred'",
    S.DISQUALIFIED: f", decision_reason = 'copied', decided_at = {NOW},"
    " decided_by_id = (SELECT"
    " decided_by_id FROM approvals_approval"
    " WHERE target_id = submissions_submission.id AND reason = 'copied')",
    S.WITHDRAWN: f", withdrawn_at = {NOW}",
    # The window is not over yet.
    S.EXPIRED: f", refused_at = {NOW}, refusal = 'no picture'",
}

_WRITTEN = f", sha256 = repeat('a', 64), size = 1, row_count = 1, expires_at = {NOW}"
_OVER = f", lease_until = NULL, finished_at = {NOW}"
EXPORT_FACTS = {
    "queued": ", lease_until = NULL, started_at = NULL",
    "running": f", lease_until = {NOW}, started_at = {NOW}",
    "done": f"{_OVER}{_WRITTEN}",
    "failed": f"{_OVER}, problem = 'broken'",
    # What a finished one holds stays.
    "expired": "",
}


def facts_for(machine: StateMachine, old: str, new: str) -> str:
    """More columns to set, so that the CHECKs agree with ``new``."""
    if machine is COMPETITION:
        return TIMES.get(new, "")
    if machine is CAMPAIGN:
        return f", ended_at = {NOW}" if new == CampaignState.ENDED else ""
    if machine is EXPORT:
        return EXPORT_FACTS[new]
    if new == S.RECEIVED and old != S.RESERVED:
        return ", lease_until = NULL"
    if new == S.PROCESSING and old == S.RECEIVED:
        return f"{FACTS[S.PROCESSING]}, attempt = attempt + 1"
    if new == S.PENDING and old in (S.APPROVED, S.REJECTED):
        # What processing found is there already, and stays.
        nobody = ", decided_at = NULL, decided_by_id = NULL"
        return f"{nobody}, decision_reason = 'look again'"
    return FACTS.get(S(new), "")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """A row in each state, made once: what tests change is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture
def rows_of(world: World, django_db_blocker: Any) -> Iterator[Rows]:
    """The machine's rows in all of its states, until the end of the test."""
    with django_db_blocker.unblock():
        for machine in MACHINES:
            for state in states(machine):
                _ = world[machine.name, state]
        with undone():
            yield lambda machine: [world[machine.name, s] for s in states(machine)]


@each_machine
def test_postgresql_allows_exactly_the_declared_moves(rows_of, machine):
    """All guards in place: what is allowed passes, the rest is named and explained."""
    wrong = []
    for row in rows_of(machine):
        for new in others(row):
            by = refused(move_sql(machine, row.state, new), [new, row.pk])
            is_explained = by == "" or sentence_for(by)
            if (by == "") is not machine.allows(row.state, new) or not is_explained:
                wrong.append((row.state, new, by))
    assert not wrong, wrong


@each_machine
def test_the_machine_alone_refuses_by_its_own_name(rows_of, machine):
    leave_only(machine.table, machine.moves_trigger)
    wrong = []
    for row in rows_of(machine):
        for new in others(row):
            by = refused(move_sql(machine, row.state, new), [new, row.pk])
            allowed = machine.allows(row.state, new)
            if by != ("" if allowed else machine.moves_trigger):
                wrong.append((row.state, new, by))
    assert not wrong, wrong


def others(row: Any) -> list[str]:
    return [state for state in states(row.machine) if state != row.state]


def move_sql(machine: StateMachine, old: str, new: str) -> str:
    facts = facts_for(machine, old, new)
    return f"UPDATE {machine.table} SET state = %s{facts} WHERE id = %s"


@pytest.mark.parametrize("machine", [COMPETITION, CAMPAIGN], ids=lambda m: m.name)
def test_without_the_machine_every_move_would_pass(rows_of, machine):
    """The control: it is the trigger that refuses, not something else.

    Entries are left out: their CHECKs also tie most states to facts.
    """
    leave_only(machine.table)
    by = {}
    for row in rows_of(machine):
        for new in others(row):
            sets = f"state = %s{reset(machine, new)}"
            sql = f"UPDATE {machine.table} SET {sets} WHERE id = %s"
            if not machine.allows(row.state, new):
                by[row.state, new] = refused(sql, [new, row.pk])
    assert set(by.values()) == {""}, by


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


@each_machine
def test_no_row_can_be_put_into_a_state_nobody_knows(rows_of, machine):
    rows = rows_of(machine)
    sql = f"UPDATE {machine.table} SET state = 'lost' WHERE id = %s"
    assert all(refused(sql, [row.pk]) for row in rows)
    leave_only(machine.table, machine.moves_trigger)
    assert {refused(sql, [row.pk]) for row in rows} == {machine.moves_trigger}
    leave_only(machine.table)
    by = [refused(sql, [row.pk]) for row in rows]
    assert all(name.startswith(f"{machine.name}_") for name in by), by


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
    "export": {"key": "repeat('k', 32)"},
    "submission": {
        "token": "repeat('t', 32)",
        "public_id": "repeat('p', 11)",
        "original": "NULL",
        "idempotency_key": "'another-key'",
    },
}


@each_machine
def test_rows_start_in_the_initial_state_only(rows_of, machine):
    row = rows_of(machine)[0]
    assert row.state == machine.initial
    for state in [*states(machine), "lost"]:
        fresh = {**FRESH[machine.name], "state": f"'{state}'"}
        by = refused(copy_sql(machine.table, **fresh), [row.pk])
        expected = "" if state == machine.initial else machine.starts_trigger
        assert by == expected, state


@each_machine
def test_staying_is_no_move(rows_of, machine):
    """Other columns can be changed while the state stays what it is."""
    sql = f"UPDATE {machine.table} SET state = state WHERE id = %s"
    assert refused(sql, [rows_of(machine)[0].pk]) == ""
    assert not machine.allows(str(machine.initial), str(machine.initial))
