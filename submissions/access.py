"""Who may see and decide on entries."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from competitions.access import competitions_of, moderates, people_with
from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.models import STAFF_ROLES, User
from mycenas.core.http.errors import NotAllowed, refused_by
from submissions.models import Submission
from submissions.states import SENTENCES, SubmissionState

# The states of competitions in which entries are reviewed.
TAKING = (CompetitionState.OPEN, CompetitionState.MODERATION)


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


def require_moderator(submission: Submission, user: User) -> None:
    """Raise ``NotAllowed`` unless ``user`` moderates it, and did not enter it."""
    if not moderates(user, submission.competition):
        raise NotAllowed(_("Only a moderator of this competition may decide on it."))
    require_another(submission, user, "submission_decided_by_another")


def is_under_review(submission: Submission) -> bool:
    """Whether its competition takes decisions that put an entry back in review."""
    competition = submission.competition
    return competition.state in TAKING and not competition.is_cancelled


def why_keeps_state(
    submission: Submission, user: User | AnonymousUser
) -> str | Promise | None:
    """As `why_no_decision`, also for an accepted entry that holds a prize."""
    if sentence := why_no_decision(submission, user):
        return sentence
    holds_prize = submission.awards.standing().exists()
    return SENTENCES["submission_award_stays"] if holds_prize else None


def changes_requested(submission: Submission) -> Any:
    """The permit with which its artist may replace it now, None without one."""
    if submission.state != SubmissionState.PENDING or not is_under_review(submission):
        return None
    rows: Any = submission.permits
    return rows.running().first()


def can_appeal(submission: Submission) -> bool:
    """Whether its artist may appeal against its rejection, as PostgreSQL sees it."""
    if (
        submission.state != SubmissionState.REJECTED
        or submission.decided_at is None
        or not submission.has_pictures
        or not is_under_review(submission)
    ):
        return False
    rows: Any = submission.appeals
    return not rows.filter(rejected_at=submission.decided_at).exists()


def why_no_decision(
    submission: Submission, user: User | AnonymousUser
) -> str | Promise | None:
    """The sentence that says why ``user`` does not decide on it, whatever the role."""
    if submission.competition.cancelled_at:
        return SENTENCES["submission_competition_cancelled"]
    own = is_own(user, submission)
    return SENTENCES["submission_decided_by_another"] if own else None


def deciders(submission: Submission, *, but: User | None) -> QuerySet[User]:
    """The active people with a role that decides on it, without its artist and ``but``.

    Superusers decide as well; they are not among them.
    """
    here = Competition.objects.filter(pk=submission.competition_id)
    found = User.objects.none()
    for role in STAFF_ROLES:
        found = found | people_with(role, here)
    left_out = [submission.participant_id, *([but.pk] if but else [])]
    return found.filter(is_active=True).exclude(pk__in=left_out).order_by("pk")


def require_may_decide(submission: Submission, user: User) -> None:
    """Raise ``ProblemError`` unless ``user`` may decide on it, and it is decided."""
    require_moderator(submission, user)
    if submission.competition.cancelled_at:
        raise refused_by("submission_competition_cancelled")


def require_another(submission: Submission, user: User, rule: str) -> None:
    """Raise ``NotAllowed`` with the sentence of ``rule`` if ``user`` entered it."""
    if is_own(user, submission):
        raise NotAllowed(SENTENCES[rule], code=rule)
