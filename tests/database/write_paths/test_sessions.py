"""Moves with a second connection in the middle, on rows that are committed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from competitions.states import CompetitionState
from submissions.states import SubmissionState as S
from tests.database.approle import connect
from tests.database.tools import one
from tests.database.write_paths.world import FORBIDDEN, MACHINES, World, changes
from tests.factories import (
    AwardFactory,
    CompetitionFactory,
    SubmissionFactory,
    contest,
    walk_competition,
)

pytestmark = pytest.mark.django_db(transaction=True)

Connection = psycopg.Connection[Any]
MOVE = """
UPDATE submissions_submission AS entry
SET state = wanted.state, decision_reason = 'x', decided_at = wanted.moment,
  decided_by_id = (SELECT max(id) FROM accounts_user
    WHERE wanted.moment IS NOT NULL AND id <> participant_id)
FROM (SELECT state, CASE WHEN state <> 'pending' THEN clock_timestamp() END AS moment
  FROM (VALUES (%s)) AS given (state)) AS wanted
WHERE id = %s
"""
CLOSE = (
    "UPDATE competitions_competition SET state = 'closed',"
    " closed_at = clock_timestamp() WHERE id = %s"
)
RECEIVE = (
    "UPDATE submissions_submission SET state = 'received', original = token, size = 1,"
    " sha256 = repeat('a', 64), receipt_issuer = 'x' WHERE id = %s"
)
WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)"


@pytest.fixture
def first() -> Iterator[Connection]:
    with connect() as connection:
        yield connection


@pytest.fixture
def second() -> Iterator[Connection]:
    with connect() as connection:
        yield connection


@contextmanager
def meanwhile(connection: Connection, sql: str, parameters: Any) -> Iterator[Future]:
    """Run the statement beside us; go on when it waits for somebody's lock."""
    pid = connection.info.backend_pid
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(connection.execute, sql, parameters)
        while not future.done() and not one(WAITS, [pid]):
            pass
        yield future


def decide_on(entry: Any, *connections: Connection) -> None:
    """Both sessions act as the person whom MOVE names."""
    for connection in connections:
        connection.execute(
            "SELECT set_config('mycenas.actor', (SELECT max(id)::text"
            " FROM accounts_user WHERE id <> %s), false)",
            [entry.participant_id],
        )


def refused_by(future: Future) -> str:
    error = future.exception()
    assert isinstance(error, psycopg.errors.CheckViolation), error
    return error.diag.constraint_name or ""


def test_the_second_decision_is_judged_by_the_first(first, second):
    entry = SubmissionFactory(state=S.PENDING)
    decide_on(entry, first, second)
    with first.transaction():
        first.execute(MOVE, ["approved", entry.pk])
        with meanwhile(second, MOVE, ["rejected", entry.pk]) as late:
            assert not late.done()
            first.execute("COMMIT")
            assert refused_by(late) == "submission_moves"
            first.execute("BEGIN")
    entry.refresh_from_db()
    assert entry.state == S.APPROVED


def test_the_second_of_two_equal_moves_finds_nothing_to_move(first, second):
    entry = SubmissionFactory(state=S.PENDING)
    decide_on(entry, first, second)
    guarded = f"{MOVE} AND entry.state = 'pending'"
    first.execute("BEGIN")
    first.execute(guarded, ["approved", entry.pk])
    with meanwhile(second, guarded, ["rejected", entry.pk]) as late:
        first.execute("COMMIT")
        assert late.result().rowcount == 0


def test_a_rollback_lets_the_second_move(first, second):
    entry = SubmissionFactory(state=S.PENDING)
    decide_on(entry, first, second)
    first.execute("BEGIN")
    first.execute(MOVE, ["approved", entry.pk])
    with meanwhile(second, MOVE, ["rejected", entry.pk]) as late:
        first.execute("ROLLBACK")
        assert late.result().rowcount == 1
    entry.refresh_from_db()
    assert entry.state == S.REJECTED


def test_an_old_snapshot_moves_nothing(first, second):
    entry = SubmissionFactory(state=S.PENDING)
    decide_on(entry, first, second)
    first.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    first.execute("SELECT state FROM submissions_submission WHERE id = %s", [entry.pk])
    second.execute(MOVE, ["rejected", entry.pk])
    with pytest.raises(psycopg.errors.SerializationFailure):
        first.execute(MOVE, ["approved", entry.pk])
    first.execute("ROLLBACK")


def test_a_reopened_entry_holds_the_close_off(first, second):
    competition = contest(CompetitionState.MODERATION)
    entry = competition.submissions.get()
    first.execute("BEGIN")
    first.execute(MOVE, ["pending", entry.pk])
    with meanwhile(second, CLOSE, [competition.pk]) as late:
        assert not late.done()
        first.execute("COMMIT")
        assert refused_by(late) == "competition_all_decided"


def test_a_close_in_the_making_keeps_entries_from_reopening(first, second):
    competition = contest(CompetitionState.MODERATION)
    entry = competition.submissions.get()
    first.execute("BEGIN")
    first.execute(CLOSE, [competition.pk])
    with meanwhile(second, MOVE, ["pending", entry.pk]) as late:
        assert not late.done()
        first.execute("COMMIT")
        assert refused_by(late) == "submission_review_is_over"


def test_nothing_half_done_is_ever_committed(first):
    """An illegal move, committed by itself: tables and audit stay as they were."""
    world = World()
    rows = [world[name, old] for name, (old, _) in FORBIDDEN.items()]
    content = "SELECT md5(string_agg(t::text, '/' ORDER BY id)) FROM {} AS t"
    tables = ("core_auditentry", *(machine.table for machine in MACHINES))
    before = [one(content.format(table)) for table in tables]
    for row in rows:
        _, new = FORBIDDEN[row.machine.name]
        values = changes(row.machine, row, new)
        sets = ", ".join(f"{name} = %({name})s" for name in values)
        sql = f"UPDATE {row._meta.db_table} SET {sets} WHERE id = {row.pk}"
        with pytest.raises(psycopg.errors.CheckViolation):
            first.execute(sql, values)
    assert [one(content.format(table)) for table in tables] == before


def test_an_old_snapshot_closes_no_competition_with_undecided_entries(first, second):
    competition = contest(CompetitionState.MODERATION)
    entry = competition.submissions.get()
    first.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    first.execute("SELECT count(*) FROM submissions_submission")
    second.execute(MOVE, ["pending", entry.pk])
    with pytest.raises(psycopg.Error):
        first.execute(CLOSE, [competition.pk])
    first.execute("ROLLBACK")


def test_an_old_snapshot_reopens_nothing_of_a_closed_competition(first, second):
    competition = contest(CompetitionState.MODERATION)
    entry = competition.submissions.get()
    first.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    first.execute("SELECT count(*) FROM competitions_competition")
    second.execute(CLOSE, [competition.pk])
    with pytest.raises(psycopg.Error):
        first.execute(MOVE, ["pending", entry.pk])
    first.execute("ROLLBACK")


def test_an_old_snapshot_adds_no_prize_to_a_final_competition(first, second):
    competition = contest(CompetitionState.CLOSED)
    AwardFactory(submission=competition.submissions.get())
    first.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    first.execute("SELECT count(*) FROM competitions_competition")
    second.execute(
        "UPDATE competitions_competition SET state = 'winner_announced',"
        " winners_announced_at = clock_timestamp() WHERE id = %s",
        [competition.pk],
    )
    with pytest.raises(psycopg.Error):
        first.execute(
            "INSERT INTO competitions_prize (competition_id, name, description,"
            " position) VALUES (%s, 'Late', '', 9)",
            [competition.pk],
        )
    first.execute("ROLLBACK")


def test_a_file_being_received_holds_the_close_off(first, second):
    """Its window ends while its transaction is open: the close must not miss it."""
    competition = CompetitionFactory(
        state=CompetitionState.OPEN, upload_window=timedelta(seconds=2)
    )
    entry = SubmissionFactory(competition=competition)
    assert entry.upload_until, "without an end, the wait for it would have none"
    walk_competition(competition, CompetitionState.MODERATION)
    first.execute("BEGIN")
    first.execute(RECEIVE, [entry.pk])
    while not one("SELECT clock_timestamp() > %s", [entry.upload_until]):
        pass
    with meanwhile(second, CLOSE, [competition.pk]) as late:
        assert not late.done()
        first.execute("COMMIT")
        assert refused_by(late) == "competition_all_decided"
