"""Seal the result of a closed round, and publish it."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from competitions.access import require_organizer
from mycenas.accounts.models import User
from mycenas.core.db.database import DatabaseNow
from mycenas.core.draws.states import DrawState
from mycenas.core.draws.workflow import reveal
from mycenas.core.http.errors import refused_by
from mycenas.core.results import workflow as results
from mycenas.core.results.kinds import ResultKind
from mycenas.core.results.models import Result
from submissions.judging.counting.methods import count
from submissions.judging.models import Round
from submissions.judging.publishing.inputs import draws_of, input_bytes_of
from submissions.judging.states import RoundState

logger = logging.getLogger(__name__)

NAME = "judging.round"
TABLE = Round._meta.db_table


def seal_due() -> int:
    """Count and seal closed rounds without a result; returns how many were sealed."""
    rows = Round.objects.filter(~Exists(_result()), state=RoundState.CLOSED)
    sealed = 0
    for this in rows:
        try:
            seal(this)
        except Exception:
            # The rounds of other competitions do not wait for this one.
            logger.exception("The result of round %d could not be sealed.", this.pk)
        else:
            sealed += 1
    return sealed


def seal(this: Round) -> Result:
    """Reveal the draws, then count and seal; a standing result is returned.

    Another worker that seals the same round waits, and gets its result.
    """
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=this.pk)
        for draw in draws_of(this).filter(state=DrawState.COMMITTED):
            reveal(draw)
        return results.seal(NAME, this.pk)


def publish(this: Round, *, by: User) -> None:
    """Make the sealed result public; nothing is counted again."""
    require_organizer(this.competition, by)
    this.require(RoundState.CLOSED)
    if result_of(this) is None:
        raise refused_by("round_published_with_result")
    this.move(RoundState.PUBLISHED, published_at=DatabaseNow())


def result_of(this: Round) -> Result | None:
    return Result.objects.of(NAME, this.pk).standing().first()


def _result() -> QuerySet[Result]:
    """The results of the round of an outer query."""
    return Result.objects.filter(
        kind=NAME, subject_table=TABLE, subject_id=OuterRef("pk")
    )


def _may_supersede(number: int, person: User) -> None:
    this = Round.objects.select_related("competition").get(pk=number)
    require_organizer(this.competition, person)
    this.require(RoundState.CLOSED, RoundState.PUBLISHED)
    if this.competition.is_final:
        raise refused_by("competition_is_final")


KIND = ResultKind(NAME, TABLE, input_bytes_of, count, _may_supersede)
