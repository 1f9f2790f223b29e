"""The ledger of a competition: every reservation is accounted for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Min, Q

from competitions.models import Competition
from mycenas.accounts.models import User
from submissions.models import Submission
from submissions.states import IN_WORK
from submissions.states import SubmissionState as S

STALLED_AFTER = timedelta(minutes=10)
LINES_PER_PAGE = 100


@dataclass(frozen=True)
class Ledger:
    """Counts of entries; ``received`` are all whose file was acknowledged."""

    received: int
    approved: int
    rejected: int
    disqualified: int
    withdrawn: int
    in_work: int
    expired: int
    oldest_in_work: datetime | None

    @property
    def balanced(self) -> bool:
        """received = approved + rejected + disqualified + withdrawn + in work."""
        return self.received == (
            self.approved
            + self.rejected
            + self.disqualified
            + self.withdrawn
            + self.in_work
        )

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "balanced": self.balanced}


def ledger_of(competition: Competition) -> Ledger:
    """The ledger, read by one query; entries without a file are not received."""
    has_file = Q(received_at__isnull=False)

    def count(*states: str) -> Count:
        return Count("pk", filter=has_file & Q(state__in=states))

    totals = Submission.objects.filter(competition=competition).aggregate(
        received=Count("pk", filter=has_file),
        approved=count(S.APPROVED),
        rejected=count(S.REJECTED),
        disqualified=count(S.DISQUALIFIED),
        withdrawn=count(S.WITHDRAWN),
        in_work=count(*IN_WORK),
        expired=Count("pk", filter=Q(state=S.EXPIRED)),
        oldest_in_work=Min("received_at", filter=Q(state__in=IN_WORK)),
    )
    return Ledger(**totals)


def stalled_in(competition: Competition, now: datetime) -> int:
    """The number of entries that wait for their check for too long."""
    return Submission.objects.filter(
        competition=competition,
        state__in=(S.RECEIVED, S.PROCESSING),
        received_at__lt=now - STALLED_AFTER,
    ).count()


@dataclass(frozen=True)
class LedgerLine:
    """One received entry in the public list, without names of people."""

    submission: Submission
    is_own: bool

    @property
    def name(self) -> str:
        return self.submission.ledger_name

    @property
    def anchor(self) -> str:
        return f"line-{self.name}"

    @property
    def receipt_url(self) -> str:
        return self.submission.receipt_url


def ledger_lines(
    competition: Competition, *, after: int, by: User | AnonymousUser
) -> list[LedgerLine]:
    """The received entries after the row ``after``: a page, and one more."""
    rows = Submission.objects.filter(
        competition=competition, received_at__isnull=False, pk__gt=after
    )
    return [
        LedgerLine(row, is_own=row.participant_id == by.pk)
        for row in rows.order_by("pk")[: LINES_PER_PAGE + 1]
    ]
