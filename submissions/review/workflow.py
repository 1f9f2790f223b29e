"""What people decide on entries, and the mails that report it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from competitions.access import organizes
from competitions.models import Prize
from mycenas.accounts.models import User
from mycenas.core.audit.actor import because, in_name_of
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import (
    MOVED_ON,
    LostRace,
    NotAllowed,
    ProblemError,
    refused_by,
)
from mycenas.core.queue.mail import recall
from submissions.access import require_another, require_may_decide
from submissions.mails import recall_outdated, write_to_artist
from submissions.models import Award, Submission
from submissions.review.claims import workflow as claims
from submissions.states import SubmissionState

GIVES_PRIZES = _("Only an organizer of this competition may give prizes.")


def approve(submission: Submission, *, by: User, is_final: bool = False) -> None:
    """Accept an entry; it is public, and its artist gets mail, after ten seconds.

    Until then ``by`` may `undo` it, unless ``is_final``.
    """
    _decide(submission, SubmissionState.APPROVED, by=by, is_final=is_final)


def reject(
    submission: Submission,
    *,
    reason: str,
    by: User,
    code: str = "",
    is_final: bool = False,
) -> None:
    """Do not accept an entry; otherwise as `approve`, but final for a held file.

    ``code`` is a reason code of the organization; it stays with the text ``reason``.
    """
    _decide(
        submission,
        SubmissionState.REJECTED,
        by=by,
        reason=_reason(reason),
        code=code,
        is_final=is_final,
    )


def undo(submission: Submission, *, by: User) -> None:
    """Put an entry back in review within ten seconds of the decision of ``by``.

    Its mail is deleted, and ``by`` has a claim on the entry again. A reason with which
    it was put back in review before stands there again.
    """
    require_may_decide(submission, by)
    submission.require(SubmissionState.APPROVED, SubmissionState.REJECTED)
    with transaction.atomic():
        Submission.objects.select_for_update().get(pk=submission.pk)
        submission.refresh_from_db()
        reason = submission.reason_before_decision()
        recalled = recall(submission.pk)
        if reason:
            _require_undoable(submission, recalled, by=by)
        return_to_review(submission, reason=reason)
        claims.claim(submission, by=by)


def _require_undoable(submission: Submission, recalled: int, *, by: User) -> None:
    """As `submission_undone_in_time`, which lets a move with a reason pass."""
    if not submission.undo_seconds(database.now()):
        raise refused_by("submission_undone_in_time")
    if submission.decided_by_id != by.pk:
        raise refused_by("submission_undone_by_decider")
    if not recalled:
        raise refused_by("submission_undone_without_mail")


def reopen(submission: Submission, *, reason: str, by: User) -> None:
    require_may_decide(submission, by)
    submission.require(SubmissionState.APPROVED, SubmissionState.REJECTED)
    text = _reason(reason)
    with because(text):
        return_to_review(submission, reason=text)
        recall_outdated(submission.pk)


def return_to_review(submission: Submission, *, reason: str = "") -> None:
    """Take the decision off an entry; without pictures there is nothing to review."""
    if not submission.has_pictures:
        raise refused_by("submission_processed_whole")
    submission.move(
        SubmissionState.PENDING,
        decided_at=None,
        decided_by=None,
        decision_reason=reason,
        decision_code="",
        undo_until=None,
    )


def _decide(
    submission: Submission,
    to: SubmissionState,
    *,
    by: User,
    is_final: bool,
    reason: str = "",
    code: str = "",
) -> None:
    require_may_decide(submission, by)
    is_final = is_final or not submission.has_pictures
    with in_name_of(by), because(reason):
        submission.move(
            to,
            decided_at=DatabaseNow(),
            decided_by=by,
            decision_reason=reason,
            decision_code=code,
            # The guard says until when.
            undo_until=None if is_final else DatabaseNow(),
        )
        claims.release(submission, by=by)
        write_to_artist(submission, to, not_before=submission.undo_until)


def give_award(
    prize: Prize, submission: Submission, *, citation: str = "", by: User
) -> Award:
    """Give ``prize`` to an accepted entry of a closed competition."""
    if not organizes(by, submission.competition):
        raise NotAllowed(GIVES_PRIZES)
    require_another(submission, by, "award_given_by_another")
    with in_name_of(by):
        return Award.objects.create(
            competition=submission.competition,
            prize=prize,
            submission=submission,
            citation=citation,
            awarded_by=by,
        )


def take_award_back(award: Award, *, reason: str, by: User) -> None:
    """Undo an award before the winners are announced; it stays on record."""
    if not organizes(by, award.competition):
        raise NotAllowed(_("Only an organizer of this competition may take prizes."))
    require_another(award.submission, by, "award_given_by_another")
    with because(_reason(reason)):
        rows = Award.objects.standing().filter(pk=award.pk)
        if rows.update(taken_back_at=DatabaseNow()) != 1:
            raise LostRace(MOVED_ON)


def _reason(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise ProblemError(
            _("Give a reason; the artist will read it."), code="reason_missing"
        )
    return text[:1000]
