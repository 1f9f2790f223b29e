"""Rounds whose jurors scored, closed ones and sealed ones."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from psycopg.types.json import Jsonb

from mycenas.accounts.models import Role
from mycenas.core.approvals.models import Approval
from mycenas.core.db.database import DatabaseNow
from mycenas.core.results.models import Result
from submissions.judging.publishing import workflow
from submissions.judging.states import RoundState
from tests.database.tools import raw
from tests.factories import DAY, organizer_of, staff
from tests.submissions.judging.world import Jury, acted_by

SCORE = "INSERT INTO judging_score (assignment_id, version, given) VALUES (%s, %s, %s)"
# By juror and entry: the second juror is two points more lenient, and saw two of three.
POINTS = (("4", "6", "5"), ("6", "8", None))


def scored(points: Any = POINTS, quorum: int = 1, **settings: Any) -> Jury:
    """An open round: each juror gives the entries these points, None for nothing."""
    entries, jurors = len(points[0]), len(points)
    jury = Jury(entries=entries, jurors=jurors, is_open=False, **settings)
    jury.round.change(quorum=quorum)
    jury.open()
    for juror, row in enumerate(points):
        for entry, given in enumerate(row):
            if given is not None:
                score(jury, juror, entry, given)
    return jury


def score(jury: Jury, juror: int, entry: int, given: str, version: int = 1) -> None:
    is_vote = jury.round.method == "yes_no_maybe"
    said = {"vote": given} if is_vote else {str(jury.criterion.pk): given}
    with acted_by(jury.jurors[juror].user):
        raw(SCORE, [jury.pair(juror, entry).pk, version, Jsonb(said)])


def close(jury: Jury) -> Jury:
    jury.round.move(RoundState.CLOSED, closed_at=DatabaseNow())
    return jury


def close_below_quorum(jury: Jury, reason: str = "One juror is ill.") -> Jury:
    """Close it as two persons do."""
    proposal = Approval.objects.create(
        kind="judging.close_below_quorum",
        target_table=jury.round._meta.db_table,
        target_id=jury.round.pk,
        reason=reason,
        proposed_by=organizer_of(jury.competition),
        expires_at=timezone.now() + DAY,
    )
    second = staff(Role.ORGANIZER, jury.competition.organization)
    proposal.move("confirmed", decided_by=second, decided_at=DatabaseNow())
    jury.round.move(RoundState.CLOSED, closed_at=DatabaseNow(), close_reason=reason)
    return jury


def sealed(points: Any = POINTS, **settings: Any) -> tuple[Jury, Result]:
    jury = close(scored(points, **settings))
    return jury, workflow.seal(jury.round)


def publish(jury: Jury) -> None:
    """As the site does, without the person."""
    jury.round.move(RoundState.PUBLISHED, published_at=DatabaseNow())
