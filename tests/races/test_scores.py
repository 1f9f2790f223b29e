"""Jurors score while their round is closed: what was acknowledged is counted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, transaction
from psycopg.types.json import Jsonb

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import constraint_of
from submissions.judging.models import Assignment, Conflict, Round, Score
from submissions.judging.states import AssignmentState, RoundState
from tests.database.approle import connect
from tests.races.tools import PATIENCE, crowd, outcome, wait_for_waiting, without
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db(transaction=True)

# Runs in an ordinary run of the tests; the full size is for `make soak`.
FEW = 3
RUNS = 20
CONNECTIONS = 32
BEFORE_CLOSING = 60
MOST_VERSIONS = 500
LOCK = "PERFORM pg_advisory_xact_lock_shared(7302, pair.round_id::int);"
MARK_LOCK = "PERFORM pg_advisory_xact_lock_shared(7302, which::int);"
ACTOR = "SELECT set_config('mycenas.actor', %s, false)"
SCORE = "INSERT INTO judging_score (assignment_id, version, given) VALUES (%s, %s, %s)"
CLOSE = "UPDATE judging_round SET state = 'closed', closed_at = now() WHERE id = %s"


def close(number: int) -> str:
    """Close the round; or the name of the rule that refuses it."""
    try:
        Round.objects.get(pk=number).move(RoundState.CLOSED, closed_at=DatabaseNow())
    except IntegrityError as error:
        return constraint_of(error)
    return ""


def score(jury: Jury, juror: int, points: str = "7") -> str:
    """Score the first entry as this juror; or the name of the rule that refuses it."""
    pair = jury.pair(juror)
    try:
        with acted_by(jury.jurors[juror].user):
            Score.objects.create(
                assignment=pair,
                version=pair.last_version + 1,
                given={str(jury.criterion.pk): points},
            )
    except IntegrityError as error:
        return constraint_of(error)
    return ""


def close_beside_a_score():
    """Start to close while a second score is written but not committed yet."""
    jury = Jury(entries=1)
    assert score(jury, 0) == ""
    with crowd() as people:
        with transaction.atomic():
            assert score(jury, 1) == ""
            closing = people.start(partial(close, jury.round.pk))
            yield closing
        assert outcome(closing) == ""
        yield Score.objects.count()


def test_a_close_waits_for_the_scores_being_written():
    steps = close_beside_a_score()
    next(steps)
    wait_for_waiting(1)
    assert next(steps) == 2


def test_without_the_lock_a_score_is_committed_behind_the_close():
    with without("score_guard", LOCK), without("assignment_guard", MARK_LOCK):
        steps = close_beside_a_score()
        closing = next(steps)
        refused = outcome(closing)
        assert (refused, next(steps)) == ("", 2)


def test_a_score_behind_the_close_is_refused():
    jury = Jury(entries=1)
    assert score(jury, 0) == ""
    with crowd() as people:
        with transaction.atomic():
            assert close(jury.round.pk) == ""
            late = people.start(partial(score, jury, 1))
            wait_for_waiting(1)
        assert outcome(late) == "score_while_open"


def test_a_conflict_beside_a_score_leaves_it_void():
    jury = Jury(entries=1)
    person = jury.jurors[0].user

    def declare() -> None:
        with acted_by(person):
            Conflict.objects.create(
                user=person,
                submission=jury.entries[0],
                kind="team",
                declared_by=person,
            )

    with crowd() as people:
        with transaction.atomic():
            assert score(jury, 0) == ""
            declaring = people.start(declare)
            wait_for_waiting(1)
        assert outcome(declaring) is None
    assert jury.pair().state == AssignmentState.VOID


class Scorer:
    """A juror on a connection of its own, as the site's role, until one is refused."""

    def __init__(self, jury: Jury, juror: int, begun: threading.Semaphore) -> None:
        self.pair = jury.pair(juror)
        self.actor = str(jury.jurors[juror].user.pk)
        self.criterion = str(jury.criterion.pk)
        self.begun = begun
        self.acknowledged = 0
        self.refused_by: str | None = ""

    def run(self) -> None:
        with connect() as connection:
            connection.execute(ACTOR, [self.actor])
            while self.acknowledged < MOST_VERSIONS:
                version = self.acknowledged + 1
                given = Jsonb({self.criterion: str(version % 10 + 1)})
                try:
                    connection.execute(SCORE, [self.pair.pk, version, given])
                except psycopg.errors.CheckViolation as refused:
                    self.refused_by = refused.diag.constraint_name
                    return
                self.acknowledged += 1
                self.begun.release()


def closed_amid_scorers() -> tuple[list[Scorer], Any]:
    jury = Jury(entries=1, jurors=CONNECTIONS)
    begun = threading.Semaphore(0)
    scorers = [Scorer(jury, number, begun) for number in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool, connect() as closer:
        running = [pool.submit(one.run) for one in scorers]
        for _ in range(BEFORE_CLOSING):
            assert begun.acquire(timeout=PATIENCE)
        closer.execute(CLOSE, [jury.round.pk])
        for future in running:
            future.result(PATIENCE)
    return scorers, jury.round


@pytest.mark.parametrize(
    "runs",
    [
        FEW,
        pytest.param(RUNS, marks=[pytest.mark.trial, pytest.mark.soak]),
    ],
)
def test_what_was_acknowledged_is_counted_and_nothing_later(runs: int):
    for _ in range(runs):
        scorers, closed = closed_amid_scorers()
        closed.refresh_from_db()
        rows = Score.objects.filter(assignment__round=closed)
        assert {one.refused_by for one in scorers} == {"score_while_open"}
        assert rows.count() == sum(one.acknowledged for one in scorers)
        assert not rows.filter(scored_at__gt=closed.closed_at).exists()
        last = dict(Assignment.objects.values_list("pk", "last_version"))
        assert all(last[one.pair.pk] == one.acknowledged for one in scorers)
