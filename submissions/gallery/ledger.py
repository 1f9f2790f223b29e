"""The ledger of a competition: every reservation is accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.db.models import Count, Min, Q

from competitions.models import Competition
from mycenas.core.counts import is_kept, once_a_minute
from mycenas.core.db import database
from submissions.models import SETTLED, Submission
from submissions.states import IN_WORK
from submissions.states import SubmissionState as S

STALLED_AFTER = timedelta(minutes=10)
LINES_PER_PAGE = 100


def ledger_of(competition: Competition) -> dict[str, Any]:
    """Counts of entries by one query; ``received`` are all whose file was acknowledged.

    Entries without a file are not received. Many are counted once a minute, and then
    ``counted_at`` says when; it is None for counts of now.
    """
    key = f"ledger-{competition.pk}"
    return once_a_minute(key, lambda: _count(competition), itemgetter("received"))


def _count(competition: Competition) -> dict[str, Any]:
    has_file = Q(received_at__isnull=False)
    # A decision that can be undone is not public yet.
    in_work = Q(state__in=IN_WORK) | ~SETTLED

    def count(*states: str) -> Count:
        return Count("pk", filter=has_file & SETTLED & Q(state__in=states))

    counts = Submission.objects.filter(competition=competition).aggregate(
        received=Count("pk", filter=has_file),
        approved=count(S.APPROVED),
        rejected=count(S.REJECTED),
        disqualified=count(S.DISQUALIFIED),
        withdrawn=count(S.WITHDRAWN),
        in_work=Count("pk", filter=has_file & in_work),
        expired=Count("pk", filter=Q(state=S.EXPIRED)),
        oldest_in_work=Min("received_at", filter=in_work),
    )
    counted_at = database.now() if is_kept(counts["received"]) else None
    return {**counts, "balanced": is_balanced(counts), "counted_at": counted_at}


def is_balanced(counts: Mapping[str, int]) -> bool:
    parts = ("approved", "rejected", "disqualified", "withdrawn", "in_work")
    return counts["received"] == sum(counts[part] for part in parts)


def stalled_in(competition: Competition, now: datetime) -> int:
    """The number of entries that wait for their check for too long."""
    return Submission.objects.filter(
        competition=competition,
        state__in=(S.RECEIVED, S.PROCESSING),
        received_at__lt=now - STALLED_AFTER,
    ).count()


def ledger_lines(competition: Competition, *, after: int) -> list[Submission]:
    """The received entries after the row ``after``: a page, and one more."""
    rows = Submission.objects.entered(competition).filter(pk__gt=after)
    return list(rows.order_by("pk")[: LINES_PER_PAGE + 1])
