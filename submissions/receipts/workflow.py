"""Signed receipts, created on the first request and stored; and withdrawal."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core import signing
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError, constraint_of
from submissions.mails import recall_outdated
from submissions.models import Receipt, Submission
from submissions.receipts.statement import sign
from submissions.states import WITHDRAWABLE, SubmissionState

# Attempts to sign while keys are retired at the same time.
ATTEMPTS = 5
KEY_RETIRED = "receipt_signed_by_present_key"


def receipt_of(submission: Submission) -> str:
    """The stored receipt of a received entry; the first call signs and stores it.

    Raises ``KeyLocked`` if there is none yet and the signing key cannot be decrypted.
    """
    for attempt in range(1, ATTEMPTS + 1):
        kept = Receipt.objects.filter(submission=submission).first()
        if kept is not None:
            return kept.text
        key = signing.signing_key()
        text = sign(submission, key)
        receipt = Receipt(submission=submission, kid=key.thumbprint(), text=text)
        try:
            # Another request may have stored one first.
            with transaction.atomic():
                Receipt.objects.bulk_create([receipt], ignore_conflicts=True)
        except IntegrityError as error:
            # The key was retired just now: try again with the new one.
            if constraint_of(error) != KEY_RETIRED or attempt == ATTEMPTS:
                raise
    return Receipt.objects.get(submission=submission).text


def withdraw(submission: Submission, *, by: User) -> None:
    """Withdraw one's own entry; the record of its arrival stays."""
    if submission.participant_id != by.pk:
        raise ProblemError(
            _("Only the artist can withdraw an entry."), code="not_allowed"
        )
    _require_settled(submission)
    with transaction.atomic():
        submission.move(SubmissionState.WITHDRAWN, withdrawn_at=DatabaseNow())
        recall_outdated(submission.pk)


def _require_settled(submission: Submission) -> None:
    """Refuse while a decision can be undone, in the same words for each outcome.

    Until then the artist sees an entry in review, and a mail about the decision waits.
    """
    left = submission.undo_seconds(database.now())
    if left:
        raise ProblemError(
            _("A moderator works on this entry just now. Try again in ten seconds."),
            code="being_decided",
            headers={"Retry-After": str(left)},
        )


def can_withdraw(submission: Submission) -> bool:
    """Whether withdrawal is possible now: not during the check, nor after the end."""
    return submission.state in WITHDRAWABLE and not submission.competition.is_final
