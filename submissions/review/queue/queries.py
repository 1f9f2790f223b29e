"""Which entries wait for a decision, page by page.

Each competition is a range of the index `submission_by_state`, read up to a page, so a
page of the queue costs the same with thirty entries and with a million.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.models import User
from mycenas.core.db.database import DatabaseNow
from mycenas.staff.dashboard import counted
from submissions.models import Submission
from submissions.review.claims.queries import Part
from submissions.review.permits.models import Permit
from submissions.states import SubmissionState as S

PAGE_SIZE = 24
TAKING = (CompetitionState.OPEN, CompetitionState.MODERATION)


def competitions_in_review(
    mine: QuerySet[Competition],
) -> list[Competition]:
    """Those that take decisions, by deadline."""
    found = mine.filter(state__in=TAKING, cancelled_at=None)
    return list(found.order_by("closes_at", "pk"))


def number_of(rows: QuerySet[Submission], competitions: Sequence[Competition]) -> int:
    """How many of these entries the competitions have, as far as they are counted."""
    here = rows.filter(competition=OuterRef("pk"))
    parts = Competition.objects.filter(pk__in=[one.pk for one in competitions])
    return sum(parts.values_list(counted(here), flat=True))


def in_review(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those that wait for moderators, to be ordered by state and key.

    Entries that their artists are asked to change do not.

    A range of one state and that order make PostgreSQL use the index. With equality it
    takes all competitions for alike, and reads the entries of all others to find those
    of a competition with few.
    """
    requested = Permit.objects.open().values("submission")
    return rows.filter(state__range=(S.PENDING, S.PENDING)).exclude(pk__in=requested)


def page_of(
    rows: QuerySet[Submission], competitions: Sequence[Competition], after: int
) -> list[int]:
    """The keys of a page of these entries, and one more, in the order of arrival."""
    first = (
        rows.filter(competition=OuterRef("pk"), pk__gt=after)
        .order_by("state", "pk")
        .values("pk")[: PAGE_SIZE + 1]
    )
    parts = Competition.objects.filter(pk__in=[one.pk for one in competitions])
    keys = parts.values_list(ArraySubquery(first), flat=True)
    return sorted(key for part in keys for key in part)[: PAGE_SIZE + 1]


def before(
    rows: QuerySet[Submission], entry: Submission, by: User
) -> Submission | None:
    """The one of these entries before this one that ``by`` could decide on."""
    return _free(rows, by).filter(
        competition=entry.competition_id, pk__lt=entry.pk
    ).order_by("-state", "-pk").first()  # fmt: skip


def following(
    rows: QuerySet[Submission], parts: Sequence[Part], by: User
) -> Submission | None:
    """The next of these entries that ``by`` could claim; it is not claimed."""
    for competition, after in parts:
        here = _free(rows, by).filter(competition=competition, pk__gt=after)
        if found := here.order_by("state", "pk").first():
            return found
    return None


def _free(rows: QuerySet[Submission], by: User) -> QuerySet[Submission]:
    by_others = Q(claim__expires_at__gt=DatabaseNow()) & ~Q(claim__moderator=by)
    return rows.exclude(by_others)


def parts_after(
    competitions: Sequence[Competition], entry: Submission | None
) -> list[Part]:
    """Where to go on after ``entry``: its competition, the next ones, and from the top.

    Without an entry, or after one of another competition, from their beginning.
    """
    keys = [one.pk for one in competitions]
    if entry is None or entry.competition_id not in keys:
        return [(key, 0) for key in keys]
    place = keys.index(entry.competition_id)
    turned = [*keys[place + 1 :], *keys[: place + 1]]
    return [(keys[place], entry.pk), *((key, 0) for key in turned)]
