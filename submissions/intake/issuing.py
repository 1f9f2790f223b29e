"""The signed receipt of an entry: signed on first need, the same ever after."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from mycenas.core.errors import constraint_of
from mycenas.core.signing import keys
from submissions.intake.signing import sign
from submissions.models import Receipt, Submission

# How often a key may be retired between its reading and its use.
ATTEMPTS = 5
KEY_RETIRED = "receipt_signed_by_present_key"


def receipt_of(submission: Submission) -> str:
    """The stored receipt; the first call signs and stores it.

    For an entry whose file was received. Raises ``KeyLocked`` if there is none yet and
    the signing key cannot be opened.
    """
    for attempt in range(1, ATTEMPTS + 1):
        kept = Receipt.objects.filter(submission=submission).first()
        if kept is not None:
            return kept.text
        try:
            _sign_and_store(submission)
        except IntegrityError as error:
            # The key was retired a moment ago: the next one signs.
            if constraint_of(error) != KEY_RETIRED or attempt == ATTEMPTS:
                raise
    return Receipt.objects.get(submission=submission).text


def _sign_and_store(submission: Submission) -> None:
    """Store a receipt, unless another request has stored one meanwhile."""
    key = keys.signing_key()
    receipt = Receipt(
        submission=submission, kid=key.thumbprint(), text=sign(submission, key)
    )
    with transaction.atomic():
        Receipt.objects.bulk_create([receipt], ignore_conflicts=True)
