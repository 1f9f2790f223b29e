"""Claiming entries in review: one moderator works on one entry."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mycenas.accounts.models import User
from mycenas.core.db.database import DatabaseNow
from submissions.models import Submission
from submissions.review.claims.models import Claim
from submissions.review.claims.queries import Part, claim_first, claim_one

# Searches, while others claim what was found.
ATTEMPTS = 8


def claim_next(
    parts: Sequence[Part], *, by: User, but: Sequence[int] = ()
) -> int | None:
    """Claim the next entry in review and return its key; None if nothing is free.

    ``parts`` are competitions, each with the entry after which the search begins; they
    are searched in this order. Entries of ``by``, entries that others have claimed, and
    those in ``but`` are left out.
    """
    for _attempt in range(ATTEMPTS):
        found = claim_first(parts, by=by.pk, but=but)
        if found.claimed or not found.entry:
            return found.claimed
    return None


def claim(submission: Submission, *, by: User) -> bool:
    """Claim this entry or renew one's claim; whether that was possible."""
    return claim_one(submission.pk, by=by.pk)


def release(submission: Submission, *, by: User) -> None:
    Claim.objects.filter(submission=submission, moderator=by).delete()


def release_all(*, by: User, but: Collection[int] = ()) -> None:
    """Release the claims of ``by``, but those on the entries ``but``."""
    Claim.objects.filter(moderator=by).exclude(submission__in=but).delete()


def live_claims(entries: Collection[int]) -> dict[int, User]:
    """Who has claimed which of these entries."""
    rows = Claim.objects.filter(submission__in=entries, expires_at__gt=DatabaseNow())
    found = rows.select_related("moderator")
    return {one.submission_id: one.moderator for one in found}


def held_by_others(entries: Collection[int], *, by: User) -> dict[int, User]:
    """The same without the claims of ``by``."""
    return {key: who for key, who in live_claims(entries).items() if who.pk != by.pk}
