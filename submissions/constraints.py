"""What must be true of every entry's row, in every state."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from mycenas.core.db.bounds import (
    BLANK,
    MOST_BYTES,
    MOST_COUNTED,
    MOST_PIXELS,
    MOST_TRIES,
    datetimes,
    numbers,
)
from submissions.states import (
    NOT_COUNTED,
    PROCESSED,
    WITHOUT_FILE,
    SubmissionState,
)

# Each quarter of the hash finds similar pictures: see `submissions.review.likeness`.
HASH_INDEXES = [
    models.Index(
        F("dhash").bitrightshift(shift).bitand(0xFFFF),
        name=f"submission_hash_{shift}",
        condition=Q(dhash__isnull=False),
    )
    for shift in (0, 16, 32, 48)
]

# Names a line in the books by its first digits; tokens have no backslash.
LEDGER_DIGEST = models.Func(
    "token",
    template="encode(sha256(%(expressions)s::bytea), 'hex')",
    output_field=models.CharField(),
)
# Of entries whose file never came: all others have the digest that was declared.
DECLARED_ALONE = Q(sha256=None, declared_sha256__isnull=False)
# Most titles; a reservation, and the receipt of its file, wait for no index of words.
TITLE_INDEXED = ~Q(
    state__in=(
        SubmissionState.RESERVED,
        SubmissionState.RECEIVED,
        SubmissionState.PROCESSING,
    )
)
SEARCH_INDEXES = [
    models.Index(LEDGER_DIGEST, name="submission_by_line"),
    models.Index(
        fields=["declared_sha256"],
        name="submission_declared_digest",
        condition=DECLARED_ALONE,
    ),
    GinIndex(
        fields=["title"],
        name="submission_title_trigrams",
        opclasses=["gin_trgm_ops"],
        condition=TITLE_INDEXED,
    ),
]

CONSTRAINTS: list[models.BaseConstraint] = [
    *datetimes(
        "rules_accepted_at",
        "arrived_at",
        "upload_until",
        "received_at",
        "lease_until",
        "next_attempt_at",
        "processed_at",
        "refused_at",
        "decided_at",
        "undo_until",
        "withdrawn_at",
    ),
    *numbers(0, MOST_BYTES, "declared_size", "size"),
    *numbers(0, MOST_COUNTED, "attempt"),
    *numbers(0, MOST_TRIES, "strikes", "lost_leases"),
    *numbers(0, MOST_PIXELS, "width", "height"),
    models.UniqueConstraint(
        fields=["participant", "idempotency_key"],
        name="submission_once_per_key",
    ),
    models.UniqueConstraint(
        fields=["replaces"],
        name="submission_replaced_once",
        condition=Q(replaces__isnull=False) & ~Q(state__in=NOT_COUNTED),
    ),
    # The file of a canary is removed when that got through.
    models.CheckConstraint(
        name="submission_file_is_no_canarys",
        condition=~Q(original__regex=r"^../[0-9a-f]{64}-canary-[0-9]+(-|$)"),
    ),
    models.CheckConstraint(
        name="submission_known_state",
        condition=Q(state__in=SubmissionState.values),
    ),
    models.CheckConstraint(
        name="submission_received_whole",
        condition=Q(received_at=None, sha256=None, size=None, original=None)
        | Q(
            received_at__isnull=False,
            sha256__isnull=False,
            sha256__regex=r"^[0-9a-f]{64}$",
            size__isnull=False,
            size__gt=0,
            original__isnull=False,
        ),
    ),
    models.CheckConstraint(
        name="submission_receipt_frozen",
        condition=Q(
            received_at=None,
            receipt_issuer=None,
            receipt_slug=None,
            receipt_title=None,
        )
        | Q(
            received_at__isnull=False,
            receipt_issuer__isnull=False,
            receipt_slug__isnull=False,
            receipt_title__isnull=False,
        )
        & ~Q(receipt_issuer="")
        & ~Q(receipt_slug=""),
    ),
    models.CheckConstraint(
        name="submission_received_at_tied",
        condition=Q(state=SubmissionState.WITHDRAWN)
        | Q(state__in=WITHOUT_FILE, received_at=None)
        | ~Q(state__in=WITHOUT_FILE) & Q(received_at__isnull=False),
    ),
    models.CheckConstraint(
        name="submission_refusal_tied",
        condition=Q(refused_at=None, refusal="")
        | Q(refused_at__isnull=False) & ~Q(refusal=""),
    ),
    models.CheckConstraint(
        name="submission_size_as_declared",
        condition=Q(declared_size=None) | Q(size=None) | Q(size=F("declared_size")),
    ),
    models.CheckConstraint(
        name="submission_sha256_as_declared",
        condition=Q(declared_sha256=None)
        | Q(sha256=None)
        | Q(sha256=F("declared_sha256")),
    ),
    models.CheckConstraint(
        name="submission_lease_tied",
        condition=Q(state=SubmissionState.PROCESSING, lease_until__isnull=False)
        | ~Q(state=SubmissionState.PROCESSING) & Q(lease_until=None),
    ),
    models.CheckConstraint(
        name="submission_processed_whole",
        condition=~Q(state__in=PROCESSED)
        | Q(width__isnull=False, width__gt=0)
        & Q(height__isnull=False, height__gt=0)
        & Q(processed_at__isnull=False)
        & ~Q(media_type="")
        | Q(state=SubmissionState.REJECTED) & ~Q(fault=""),
    ),
    models.CheckConstraint(
        name="submission_quarantine_has_fault",
        condition=~Q(state=SubmissionState.QUARANTINED) | ~Q(fault=""),
    ),
    models.CheckConstraint(
        name="submission_decision_has_reason",
        condition=~Q(state__in=(SubmissionState.REJECTED, SubmissionState.DISQUALIFIED))
        | ~Q(decision_reason=""),
    ),
    models.CheckConstraint(
        name="submission_reason_can_be_seen",
        condition=Q(decision_reason="") | ~Q(decision_reason__regex=BLANK),
    ),
    models.CheckConstraint(
        name="submission_code_of_rejection",
        condition=Q(decision_code="") | Q(state=SubmissionState.REJECTED),
    ),
    models.CheckConstraint(
        name="submission_undo_tied",
        condition=Q(undo_until=None)
        | Q(state__in=(SubmissionState.APPROVED, SubmissionState.REJECTED)),
    ),
    models.CheckConstraint(
        name="submission_withdrawn_at_tied",
        condition=Q(state=SubmissionState.WITHDRAWN, withdrawn_at__isnull=False)
        | ~Q(state=SubmissionState.WITHDRAWN) & Q(withdrawn_at=None),
    ),
]
