"""The end of a round: organizers set it, and the round closes by itself behind it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from competitions.access import require_organizer
from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError, refused_by
from submissions.judging.access import entries_below_quorum
from submissions.judging.models import Round
from submissions.judging.states import RoundState

logger = logging.getLogger(__name__)
ONLY_LATER = _(
    "The end of an open round moves later only, or away; jurors plan by the one that "
    "they know."
)


def set_end(this: Round, *, closes_at: datetime | None, by: User) -> None:
    """Take no score afterwards; without an end the round is closed by a person.

    The end of an open round moves later, or away.
    """
    require_organizer(this.competition, by)
    this.require(RoundState.DRAFT, RoundState.OPEN)
    if closes_at is not None and closes_at <= database.now():
        raise refused_by("round_closes_later")
    if this.state == RoundState.OPEN and _is_earlier(closes_at, this.closes_at):
        raise ProblemError(ONLY_LATER, code="round_end_later")
    this.change(closes_at=closes_at)


def _is_earlier(end: datetime | None, known: datetime | None) -> bool:
    """Of a round without an end every end is earlier."""
    return end is not None and (known is None or end < known)


def close_due() -> int:
    """Close rounds whose end has passed; returns how many were closed.

    One with entries below the quorum waits for its organizers: they move the end, or
    two of them close it.
    """
    rows = Round.objects.filter(state=RoundState.OPEN, closes_at__lte=DatabaseNow())
    closed = 0
    for this in rows.filter(competition__cancelled_at=None):
        if entries_below_quorum(this):
            continue
        try:
            with transaction.atomic():
                this.move(RoundState.CLOSED, closed_at=DatabaseNow())
        except Exception:
            # The rounds of other competitions do not wait for this one.
            logger.exception("Round %d could not be closed.", this.pk)
        else:
            closed += 1
    return closed
