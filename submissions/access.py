"""Who may see and decide on entries."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from mycenas.accounts.access import moderates, organizations_of, organizes
from mycenas.accounts.models import STAFF_ROLES, User
from submissions.models import Submission
from submissions.states import SubmissionState


def receipts_of(user: User | AnonymousUser) -> QuerySet[Submission]:
    """Entries whose receipt ``user`` may read whole: own ones, and those one moderates.

    What everybody with the receipt's address may read is less; see receipts.md.
    """
    if not user.is_authenticated:
        return Submission.objects.none()
    staffed = organizations_of(user, *STAFF_ROLES)
    return Submission.objects.filter(
        Q(participant=user) | Q(competition__organization__in=staffed)
    )


def knows_whole(user: User | AnonymousUser, submission: Submission) -> bool:
    """Whether ``user`` may read the words and see the picture on the receipt."""
    if submission.participant_id == user.pk:
        return True
    return receipts_of(user).filter(pk=submission.pk).exists()


def pictures_for(user: User | AnonymousUser) -> QuerySet[Submission]:
    """Entries whose pictures ``user`` may see: the gallery's, and ``receipts_of``."""
    public = Q(state=SubmissionState.APPROVED, competition__cancelled_at=None)
    if not user.is_authenticated:
        return Submission.objects.filter(public)
    mine = Q(pk__in=receipts_of(user).values("pk"))
    return Submission.objects.filter(public | mine)


def can_moderate(user: User | AnonymousUser, submission: Submission) -> bool:
    return moderates(user, submission.competition.organization_id)


def is_own(user: User | AnonymousUser, submission: Submission) -> bool:
    """Whether ``user`` entered it, and so must not decide on it."""
    return user.pk == submission.participant_id


def can_award(user: User | AnonymousUser, submission: Submission) -> bool:
    return organizes(user, submission.competition.organization_id)
