"""Entries are closed early while submitters keep coming: the boundary is exact.

Every submitter's thread keeps its connection over all rounds and goes on until it is
refused. So a closer who is never let through would be seen: by the number of attempts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle, islice
from typing import Any

import psycopg
import pytest

from competitions.models import Competition
from mycenas.accounts.models import User
from submissions.models import Submission
from tests.database.approle import connect
from tests.factories import CompetitionFactory, SubmissionFactory, UserFactory
from tests.races.tools import PATIENCE, without

pytestmark = pytest.mark.django_db(transaction=True)

# Rounds in an ordinary run of the tests; the full size is for `make soak`.
FEW = 25
ROUNDS = 100
SUBMITTERS = 50
CONNECTIONS = 10
BEFORE_CLOSING = 20
MOST_ATTEMPTS = 2000
LOCK = "PERFORM pg_advisory_xact_lock_shared(7301, NEW.competition_id::int);"

Connection = psycopg.Connection[Any]
# A copy of any one ticket: columns that come later need no change here.
TICKET = """
INSERT INTO submissions_submission SELECT (jsonb_populate_record(entry,
  jsonb_build_object('id', nextval('submissions_submission_id_seq'),
    'token', left(md5(random()::text), 32), 'public_id', left(md5(random()::text), 11),
    'idempotency_key', md5(random()::text), 'competition_id', %s::bigint,
    'participant_id', %s::bigint))).*
FROM submissions_submission AS entry
WHERE id = (SELECT min(id) FROM submissions_submission)
RETURNING arrived_at
"""
CLOSE = """
UPDATE competitions_competition SET state = 'moderation', deadline_reason = 'Full.',
  closes_at = clock_timestamp(), moderation_started_at = clock_timestamp()
WHERE id = %s RETURNING closes_at
"""


@dataclass
class Round:
    """What came of one rush: arrivals of tickets taken and of attempts refused."""

    competition: Competition
    people: list[User]
    line: threading.Barrier
    enough: threading.Event = field(default_factory=threading.Event)
    taken: list[datetime] = field(default_factory=list)
    refused: list[datetime] = field(default_factory=list)
    closes_at: datetime | None = None

    def submit(self, connection: Connection, people: list[User]) -> None:
        """One ticket after the other until one is refused."""
        self.line.wait(PATIENCE)
        turn = cycle(people)
        for _ in range(MOST_ATTEMPTS):
            if not self.enter(connection, next(turn)):
                return

    def enter(self, connection: Connection, person: User) -> bool:
        try:
            cursor = connection.execute(TICKET, [self.competition.pk, person.pk])
        except psycopg.errors.CheckViolation as error:
            self.refused.append(arrival_of(error))
            return False
        row = cursor.fetchone()
        assert row
        self.taken.append(row[0])
        if len(self.taken) >= BEFORE_CLOSING:
            self.enough.set()
        return True

    def close(self, connection: Connection) -> None:
        """Close as soon as enough tickets are taken, in the midst of the others."""
        self.line.wait(PATIENCE)
        assert self.enough.wait(PATIENCE)
        with connection.transaction():
            row = connection.execute(CLOSE, [self.competition.pk]).fetchone()
        assert row
        self.closes_at = row[0]

    def beyond(self) -> list[datetime]:
        """Arrivals that were taken although they are after the boundary."""
        assert self.closes_at
        return [moment for moment in self.taken if moment > self.closes_at]


def arrival_of(error: psycopg.Error) -> datetime:
    """When a refused ticket arrived, as the guard says."""
    assert error.diag.constraint_name == "submission_competition_takes_entries"
    found = re.search(r"arrived at (\S+ \S+)", str(error))
    assert found
    return datetime.fromisoformat(found[1])


@pytest.fixture
def connections() -> Iterator[list[Connection]]:
    """The site's, one for each thread, kept over all rounds; the last one closes."""
    with ExitStack() as stack:
        yield [stack.enter_context(connect()) for _ in range(CONNECTIONS + 1)]


@pytest.fixture
def rounds(connections: list[Connection]) -> Iterator[Iterator[Round]]:
    people = [UserFactory() for _ in range(SUBMITTERS)]
    SubmissionFactory()
    with ThreadPoolExecutor(len(connections)) as pool:
        yield rushes(pool, connections, people)


def rushes(
    pool: ThreadPoolExecutor, connections: list[Connection], people: list[User]
) -> Iterator[Round]:
    *submitting, closing = connections
    for _ in range(ROUNDS):
        competition = CompetitionFactory(state="open", max_entries=30_000)
        rush = Round(competition, people, threading.Barrier(len(connections)))
        acts = [
            pool.submit(rush.submit, connection, people[number::CONNECTIONS])
            for number, connection in enumerate(submitting)
        ]
        acts.append(pool.submit(rush.close, closing))
        for act in acts:
            act.result(PATIENCE)
        yield rush


@pytest.mark.parametrize(
    "count", [FEW, pytest.param(ROUNDS, marks=[pytest.mark.trial, pytest.mark.soak])]
)
def test_the_boundary_is_exact_and_the_closer_gets_through(rounds, count):
    total = 0
    for rush in islice(rounds, count):
        assert rush.closes_at, "the closer was starved"
        assert len(rush.refused) == CONNECTIONS, "submitters gave up before the close"
        assert rush.beyond() == []
        assert max(rush.taken) <= rush.closes_at < min(rush.refused)
        rows = Submission.objects.filter(competition=rush.competition)
        assert sorted(rows.values_list("arrived_at", flat=True)) == sorted(rush.taken)
        total += len(rush.taken)
    assert total > count * BEFORE_CLOSING, "no entry arrived while the closer tried"


def test_without_the_lock_tickets_are_taken_beyond_the_boundary(rounds):
    """The control: the damage shows within the full number of rounds."""
    with without("submission_arrives", LOCK):
        assert any(rush.beyond() for rush in rounds)
