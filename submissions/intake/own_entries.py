"""A participant's own entries in one competition."""

from __future__ import annotations

import re

from django.db.models import QuerySet
from django.http import Http404

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.db import database
from submissions.intake.queries import entries_by_token
from submissions.models import TOKEN_PATTERN, Submission
from submissions.states import NOT_COUNTED, SubmissionState


def own_reservation(token: str, *, by: User) -> Submission | None:
    """The person's own reservation with this token."""
    found = entries_by_token.first(token=token, person=by.pk)
    if found is not None:
        found.participant = by
    return found


def named_entry(competition: Competition, token: str, *, by: User) -> Submission:
    """The person's own entry with the token, which is to be replaced.

    404 for entries of others and of other competitions. PostgreSQL says whether a
    permit lets it be replaced.
    """
    is_token = re.fullmatch(TOKEN_PATTERN, token)
    found = own_reservation(token, by=by) if is_token else None
    if found is None or found.competition_id != competition.pk:
        raise Http404
    return found


def open_reservations(
    competition: Competition, user: User, *, replaces: Submission | None = None
) -> QuerySet[Submission]:
    """The reservations of ``user`` whose files may still follow, in order.

    Those of changed versions of the entry ``replaces``, or of entries of their own.
    """
    return Submission.objects.owned_by(user).filter(
        competition=competition,
        replaces=replaces,
        state=SubmissionState.RESERVED,
        upload_until__gt=database.now(),
    )


def entries_left(competition: Competition, user: User) -> int:
    """How many more entries ``user`` may make; a open reservation is one of them."""
    made = (
        Submission.objects.filter(competition=competition, participant=user)
        .exclude(state__in=(SubmissionState.RESERVED, *NOT_COUNTED))
        .count()
    )
    return max(0, competition.max_entries - made)
