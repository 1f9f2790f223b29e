"""Who may see and decide on entries."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from competitions.access import competitions_of
from mycenas.accounts.models import STAFF_ROLES, User
from submissions.models import Submission


def receipts_of(user: User | AnonymousUser) -> QuerySet[Submission]:
    """Entries whose receipt ``user`` may read whole: own ones, and those one moderates.

    What everybody with the receipt's address may read is less; see receipts.md.
    """
    if not user.is_authenticated:
        return Submission.objects.none()
    staffed = competitions_of(user, *STAFF_ROLES)
    return Submission.objects.filter(Q(participant=user) | Q(competition__in=staffed))


def knows_whole(user: User | AnonymousUser, submission: Submission) -> bool:
    """Whether ``user`` may read the words and see the picture on the receipt."""
    own = submission.participant_id == user.pk
    return own or receipts_of(user).filter(pk=submission.pk).exists()


def pictures_for(user: User | AnonymousUser) -> QuerySet[Submission]:
    """Entries whose pictures ``user`` may see: the gallery's, and ``receipts_of``."""
    return Submission.objects.in_gallery() | receipts_of(user)


def is_own(user: User | AnonymousUser, submission: Submission) -> bool:
    """Whether ``user`` entered it, and so must not decide on it."""
    return user.pk == submission.participant_id
