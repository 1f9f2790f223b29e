"""Appeal against a rejection, and decide on the appeal."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.audit.actor import because, in_name_of
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import (
    NotAllowed,
    ProblemError,
    constraint_of,
    refused_by,
    require_text,
)
from submissions.access import require_may_decide
from submissions.mails import write_to_artist, write_to_deciders
from submissions.models import Submission
from submissions.review.appeals.models import LONGEST_ANSWER, LONGEST_TEXT, Appeal
from submissions.review.appeals.states import SENTENCES, AppealState
from submissions.review.workflow import return_to_review


def open_appeal(submission: Submission) -> Appeal | None:
    rows = Appeal.objects.select_related("rejected_by")
    return rows.filter(submission=submission, state=AppealState.OPEN).first()


def make(submission: Submission, *, text: str, by: User) -> Appeal:
    """Appeal against the rejection of one's own entry; PostgreSQL says whether.

    The people who may decide on the appeal get mail. A form that was sent twice gives
    the same appeal.
    """
    if by.pk != submission.participant_id:
        raise NotAllowed(SENTENCES["appeal_by_the_artist"], code="appeal_by_the_artist")
    words = require_text(text, "appeal_has_text")[:LONGEST_TEXT]
    try:
        return _make(submission, words)
    except IntegrityError as error:
        if constraint_of(error) != "appeal_once_per_rejection":
            raise
        made = open_appeal(submission)
        if made is None or made.text != words:
            raise
        return made


def _make(submission: Submission, words: str) -> Appeal:
    with transaction.atomic():
        appeal = Appeal.objects.create(submission=submission, text=words)
        # PostgreSQL has copied who rejected the entry.
        appeal.refresh_from_db(fields=["rejected_by"])
        write_to_deciders(
            submission,
            "appeal_made",
            "uphold-appeal",
            but=appeal.rejected_by,
            more={"appeal": appeal},
        )
    return appeal


def uphold(submission: Submission, *, answer: str, by: User) -> None:
    """Put the entry back in review, for a new decision."""
    with transaction.atomic():
        appeal = _decide(submission, AppealState.UPHELD, answer=answer, by=by)
        with because(appeal.answer):
            return_to_review(submission, reason=appeal.answer)
        write_to_artist(submission, "appeal_upheld", more={"appeal": appeal})


def dismiss(submission: Submission, *, answer: str, by: User) -> None:
    """Let the rejection stand."""
    with transaction.atomic():
        appeal = _decide(submission, AppealState.DISMISSED, answer=answer, by=by)
        write_to_artist(submission, "appeal_dismissed", more={"appeal": appeal})


def _decide(
    submission: Submission, to: AppealState, *, answer: str, by: User
) -> Appeal:
    require_may_decide(submission, by)
    appeal = open_appeal(submission)
    if appeal is None:
        raise ProblemError(
            _("This entry has no open appeal. Reload the page to see its state."),
            code="no_appeal",
        )
    if by.pk == appeal.rejected_by_id:
        raise refused_by("appeal_decided_by_another")
    text = require_text(answer, "appeal_answered")[:LONGEST_ANSWER]
    with in_name_of(by), because(text):
        appeal.move(to, decided_by=by, decided_at=DatabaseNow(), answer=text)
    return appeal
