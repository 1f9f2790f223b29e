"""Phase one: a reservation, then durable bytes, then the acknowledgment.

Depends on PostgreSQL and storage only. A task is enqueued afterwards, if possible.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.http.errors import LostRace, constraint_of
from mycenas.storage import StagedFile, StorageFailed, Store, store
from submissions.intake.entry import Entry, continue_reservation
from submissions.intake.file_checks import check_declared
from submissions.intake.own_entries import open_reservations
from submissions.intake.queries import (
    NO_UPLOAD,
    UploadRef,
    acknowledge,
    insert_unknown,
    known_entries,
)
from submissions.intake.refusals import (
    DifferentRepeat,
    EnteredBefore,
    StorageUnavailable,
    end_repeated,
)
from submissions.mails import write_to_artist
from submissions.models import Submission, Upload
from submissions.states import SubmissionState

logger = logging.getLogger(__name__)

EXPIRY_GRACE = timedelta(minutes=1)
STAGING_KEPT = timedelta(days=2)
# Refusals after which a reservation that waits for its file is continued.
CONTINUED = (
    "submission_within_limit",
    "submission_replaced_once",
    "submission_replaces_by_permit",
)


def reserve(
    competition: Competition, entry: Entry, *, by: User, upload: Upload | None = None
) -> Submission:
    """Reserve an entry; the same idempotency key gives the same reservation.

    A new row is stored with ``upload``; an existing one keeps the upload that it has.

    PostgreSQL sets ``arrived_at`` and refuses when the competition takes no entries
    then, when the participant has made as many as allowed, or when no permit lets this
    entry replace another one (``IntegrityError``). No disk space is reserved before the
    bytes begin.
    """
    fresh = _submission(competition, entry, by)
    sha256 = None if entry.again else entry.sha256
    try:
        if _insert(fresh, upload, sha256):
            return fresh
        other = _known(fresh, sha256)
    except IntegrityError as error:
        other = _existing_reservation(fresh, entry, sha256, constraint_of(error))
        if other is None:
            raise
    if other is None:  # What was repeated has been withdrawn meanwhile.
        return reserve(competition, entry, by=by, upload=upload)
    return continue_reservation(other, entry)


def _existing_reservation(
    fresh: Submission, entry: Entry, sha256: str | None, constraint: str
) -> Submission | None:
    """The reservation to continue when a new one was refused, if there is one.

    Either the same form was sent twice at once, or an interrupted upload has left a
    reservation that still counts toward the participant's limit.
    """
    if constraint not in ("submission_once_per_key", *CONTINUED):
        return None
    twin = _known(fresh, sha256)
    if twin or constraint == "submission_once_per_key":
        return twin
    waiting = open_reservations(
        fresh.competition, fresh.participant, replaces=fresh.replaces
    ).first()
    return waiting if waiting and entry.may_have_file_of(waiting) else None


def _other_competition() -> DifferentRepeat:
    return DifferentRepeat(
        _(
            "This form was sent before in another competition. Open a fresh form to "
            "enter a work here."
        )
    )


def _submission(competition: Competition, entry: Entry, by: User) -> Submission:
    """The row to be inserted; PostgreSQL sets ``arrived_at`` and ``upload_until``."""
    return Submission(
        competition=competition,
        participant=by,
        title=entry.title,
        description=entry.description,
        alt_text=entry.alt_text,
        category=entry.category,
        idempotency_key=entry.idempotency_key,
        declared_sha256=entry.sha256,
        declared_size=entry.size,
        entered_again=entry.again,
        replaces=entry.replaces,
    )


def _insert(fresh: Submission, upload: Upload | None, sha256: str | None) -> bool:
    """Insert the row unless it repeats an entry; return whether it was done."""
    if upload is not None:
        return insert_unknown(fresh, upload, sha256)
    is_new = not known_entries(fresh, sha256)
    if is_new:
        database.insert_returning(fresh)
    return is_new


def _known(fresh: Submission, sha256: str | None) -> Submission | None:
    """The reservation with the same key.

    Raises ``DifferentRepeat`` if it belongs to another competition, and
    ``EnteredBefore`` if there is none, but an entry with these bytes.
    """
    found = known_entries(fresh, sha256)
    for row in found:
        if row.idempotency_key == fresh.idempotency_key:
            if row.competition_id != fresh.competition_id:
                raise _other_competition()
            return _of(row, fresh.competition, fresh.participant)
    if found:
        raise EnteredBefore(min(found, key=lambda row: row.pk))
    return None


def _of(submission: Submission, competition: Competition, by: User) -> Submission:
    """The submission with related objects that are in memory already."""
    submission.competition, submission.participant = competition, by
    return submission


def receive(
    submission: Submission,
    staged: StagedFile,
    *,
    name: str,
    files: Store,
    upload_ref: UploadRef = NO_UPLOAD,
) -> Submission:
    """Store the staged file and acknowledge it.

    The file is durable under its final name before the row says so. A repeat with the
    same bytes changes nothing; other bytes are refused (422), as are bytes that differ
    from what the reservation declared. ``EnteredBefore`` expires the reservation.
    """
    if submission.received_at is not None:
        return _same_again(submission, staged)
    check_declared(submission, staged.size, staged.sha256)
    kept = _keep(submission, staged, files)
    try:
        with database.usable_afterwards():
            acknowledge(
                submission, staged, original=kept, name=name, upload_ref=upload_ref
            )
    except LostRace as lost:
        return _received_meanwhile(submission, staged, lost)
    except IntegrityError as error:
        raise end_repeated(submission, error, staged.sha256, kept, files) from error
    return submission


def _received_meanwhile(
    submission: Submission, staged: StagedFile, lost: LostRace
) -> Submission:
    """The repeat if a concurrent request stored the same bytes; else raise ``lost``."""
    submission.refresh_from_db()
    if submission.received_at is None:
        raise lost
    return _same_again(submission, staged)


def _keep(submission: Submission, staged: StagedFile, files: Store) -> str:
    try:
        return files.keep(staged, suffix=submission.public_id)
    except StorageFailed as error:
        logger.exception("The file of entry %s was not stored.", submission.pk)
        raise StorageUnavailable from error


def _same_again(submission: Submission, staged: StagedFile) -> Submission:
    if submission.sha256 == staged.sha256:
        return submission
    raise DifferentRepeat(
        _(
            "Another file was received for this entry: with the same form before, or "
            "with a form that you sent later. Open a fresh form to enter another work."
        )
    )


def expire_reservations() -> int:
    """Expire the reservations whose upload window has passed without a file."""
    late = Submission.objects.filter(
        state=SubmissionState.RESERVED, upload_until__lt=database.now() - EXPIRY_GRACE
    )
    return sum(_expire(submission) for submission in late)


def _expire(submission: Submission) -> bool:
    try:
        with transaction.atomic():
            submission.move(SubmissionState.EXPIRED)
            write_to_artist(submission, "expired")
    except LostRace:
        return False
    return True


def sweep() -> None:
    """Expire late reservations and remove what interrupted uploads left behind."""
    expire_reservations()
    parts = set(Upload.objects.going_on().values_list("part", flat=True))
    store().sweep_staging(STAGING_KEPT.total_seconds(), partial_files=parts)
