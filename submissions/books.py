"""The balanced books of a competition: every ticket is accounted for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Min, Q
from django.urls import reverse

from competitions.models import Competition
from mycenas.accounts.models import User
from submissions.models import Submission
from submissions.states import IN_WORK
from submissions.states import SubmissionState as S

STALLED_AFTER = timedelta(minutes=10)
LINES = 100
# Of 64; the whole digest is in the signed receipt.
NAME_DIGITS = 16


@dataclass(frozen=True)
class Books:
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


def books_of(competition: Competition) -> Books:
    """The books by one query; entries without a file are not received."""
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
    return Books(**totals)


def stalled_in(competition: Competition, now: datetime) -> int:
    """How many entries wait for their check longer than they ever should."""
    return Submission.objects.filter(
        competition=competition,
        state__in=(S.RECEIVED, S.PROCESSING),
        received_at__lt=now - STALLED_AFTER,
    ).count()


@dataclass(frozen=True)
class Line:
    """One received entry in the public list; it names nobody."""

    submission: Submission
    is_own: bool

    @property
    def name(self) -> str:
        return _name(self.submission)

    @property
    def anchor(self) -> str:
        return f"line-{self.name}"

    @property
    def receipt_url(self) -> str:
        return self.submission.receipt_url


def _name(submission: Submission) -> str:
    return submission.token_sha256[:NAME_DIGITS]


def lines_of(
    competition: Competition, *, after: int, by: User | AnonymousUser
) -> list[Line]:
    """The received entries behind the row ``after``, by key: a page, and one more."""
    rows = Submission.objects.filter(
        competition=competition, received_at__isnull=False, pk__gt=after
    )
    return [
        Line(row, is_own=row.participant_id == by.pk)
        for row in rows.order_by("pk")[: LINES + 1]
    ]


def line_url(submission: Submission) -> str:
    """Where this entry's line stands in the public list."""
    path = reverse("submissions:books", args=[submission.competition.slug])
    return f"{path}?after={submission.pk - 1}#line-{_name(submission)}"
