"""The balanced books of a competition: every ticket is accounted for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from competitions.models import Competition
from submissions.models import Submission
from submissions.states import IN_WORK
from submissions.states import SubmissionState as S


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
