"""Phase one: an arrival ticket, then durable bytes, then the acknowledgment.

Depends on PostgreSQL and storage only; a worker is woken afterwards, if one listens.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from competitions.models import Category, Competition
from mycenas.accounts.models import User
from mycenas.core.db import clock, prepared
from mycenas.core.http.errors import LostRace, TooLate, constraint_of
from mycenas.storage import StagedFile, StorageFailed, Store, store
from submissions.intake.file_checks import check_declared
from submissions.intake.queries import BY_FORM, Came, acknowledge
from submissions.intake.refusals import (
    DifferentRepeat,
    StorageUnavailable,
    end_repeat,
    known,
)
from submissions.mails import write_to_artist
from submissions.models import Submission, Upload
from submissions.states import NOT_COUNTED, SubmissionState

logger = logging.getLogger(__name__)

EXPIRY_GRACE = timedelta(minutes=1)
STAGING_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Entry:
    """What a participant says of the work."""

    title: str
    description: str
    alt_text: str
    category: Category | None
    idempotency_key: str
    sha256: str | None = None
    size: int | None = None
    # The person knows that these bytes are entered already.
    again: bool = False


def reserve(
    competition: Competition, entry: Entry, *, by: User, upload: Upload | None = None
) -> Submission:
    """Take an arrival ticket; the same key again gives the same ticket.

    A new ticket has ``upload`` as its own; any other keeps the one that it has.

    PostgreSQL stamps ``arrived_at`` and refuses when the competition takes no entries
    then, or when the participant has made as many as allowed (``IntegrityError``). It
    takes no room on the disk: bytes do, when they begin.
    """
    known = _repeat_of(competition, entry, by)
    if known:
        return _retell(known, entry)
    try:
        return _insert(competition, entry, by, upload)
    except IntegrityError as error:
        other = _other_ticket(competition, entry, by, constraint_of(error))
        if other is None:
            raise
    return _retell(other, entry)


def _other_ticket(
    competition: Competition, entry: Entry, by: User, constraint: str
) -> Submission | None:
    """The ticket to go on with when a new one was refused, if there is one.

    Either the same form was sent twice at once, or an upload that broke off has left
    a ticket that still waits for its file and counts toward the person's limit.
    """
    if constraint not in ("submission_once_per_key", "submission_within_limit"):
        return None
    twin = _repeat_of(competition, entry, by)
    if twin or constraint == "submission_once_per_key":
        return twin
    waiting = waiting_ticket(competition, by)
    return waiting if waiting and _can_be_of(waiting, entry) else None


def waiting_ticket(competition: Competition, user: User) -> Submission | None:
    """The first arrival of ``user`` whose file may still follow, if there is one."""
    return waiting_tickets(competition, user).first()


def waiting_tickets(competition: Competition, user: User) -> QuerySet[Submission]:
    """The arrivals of ``user`` whose files may still follow, in order."""
    return Submission.objects.owned_by(user).filter(
        competition=competition,
        state=SubmissionState.RESERVED,
        upload_until__gt=clock.now(),
    )


def _can_be_of(ticket: Submission, entry: Entry) -> bool:
    """Whether the file that ``entry`` declares may be the one the ticket waits for."""
    sha256, size = ticket.sha256 or ticket.declared_sha256, ticket.size
    size = size or ticket.declared_size
    return (None in (entry.sha256, sha256) or entry.sha256 == sha256) and (
        None in (entry.size, size) or entry.size == size
    )


def _retell(submission: Submission, entry: Entry) -> Submission:
    """Take the newest words while the ticket still waits for its file."""
    if not _can_be_of(submission, entry):
        raise other_file()
    words = {
        "title": entry.title,
        "description": entry.description,
        "alt_text": entry.alt_text,
        "category": entry.category,
        "idempotency_key": entry.idempotency_key,
        "entered_again": submission.entered_again or entry.again,
    }
    Submission.objects.filter(pk=submission.pk, state=SubmissionState.RESERVED).update(
        **words
    )
    submission.refresh_from_db()
    return submission


def other_file() -> DifferentRepeat:
    """The refusal of a key that was sent for a file of another size or SHA-256."""
    return DifferentRepeat(
        _(
            "This form was sent before for another file. Open a fresh form to enter "
            "another work."
        )
    )


def ticket_of(token: str, *, by: User) -> Submission | None:
    """The person's own reservation with this token."""
    mine = {"token": token, "participant_id": by.pk}
    ticket = prepared.select_one(Submission, **mine) if token else None
    if ticket is None:
        return None
    return _of(ticket, prepared.get_one(Competition, id=ticket.competition_id), by)


def _insert(
    competition: Competition, entry: Entry, by: User, upload: Upload | None = None
) -> Submission:
    """A new row; PostgreSQL fills in when it arrived and until when it waits."""
    ticket = Submission(
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
    )
    if upload is None:
        row = prepared.insert_returning(ticket)
    else:
        row, _upload = prepared.insert_both_returning(ticket, upload, "submission")
    return _of(row, competition, by)


def _repeat_of(competition: Competition, entry: Entry, by: User) -> Submission | None:
    declared = None if entry.again else entry.sha256
    row = known(competition.pk, by.pk, entry.idempotency_key, declared)
    return _of(row, competition, by) if row else None


def _of(ticket: Submission, competition: Competition, by: User) -> Submission:
    """The ticket with what is known of it already."""
    ticket.competition, ticket.participant = competition, by
    return ticket


def receive(
    submission: Submission,
    staged: StagedFile,
    *,
    name: str,
    files: Store,
    came: Came = BY_FORM,
) -> Submission:
    """Keep the staged bytes for good and acknowledge them.

    The file is durable under its final name before the row says so. Repeating it with
    the same bytes changes nothing; other bytes are refused (422), as are bytes that
    differ from what the ticket declared. ``EnteredBefore`` ends the ticket.
    """
    if submission.received_at is not None:
        return _same_again(submission, staged)
    check_declared(submission, staged.size, staged.sha256)
    kept = _keep(submission, staged, files)
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            acknowledge(submission, staged, original=kept, name=name, came=came)
    except LostRace as lost:
        return _received_meanwhile(submission, staged, lost)
    except IntegrityError as error:
        raise end_repeat(submission, error, staged.sha256, kept, files) from error
    return submission


def _received_meanwhile(
    submission: Submission, staged: StagedFile, lost: LostRace
) -> Submission:
    """The same came twice at once, and the other was first; else it is ``lost``."""
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
            "This form was sent before with another file, and that file was received. "
            "Open a fresh form to enter another work."
        )
    )


def entries_left(competition: Competition, user: User) -> int:
    """How many more entries ``user`` may make; a waiting ticket is one of them."""
    made = (
        Submission.objects.filter(competition=competition, participant=user)
        .exclude(state__in=(SubmissionState.RESERVED, *NOT_COUNTED))
        .count()
    )
    return max(0, competition.max_entries - made)


def expire_tickets() -> int:
    """End the tickets whose upload window has passed without a file."""
    late = Submission.objects.filter(
        state=SubmissionState.RESERVED, upload_until__lt=clock.now() - EXPIRY_GRACE
    )
    return sum(_expire(ticket) for ticket in late)


def _expire(ticket: Submission) -> bool:
    try:
        with transaction.atomic():
            ticket.move(SubmissionState.EXPIRED)
            write_to_artist(ticket, "expired")
    except LostRace:
        return False
    return True


def sweep() -> None:
    """End late tickets and remove what broken uploads left behind."""
    expire_tickets()
    parts = set(Upload.objects.going_on().values_list("part", flat=True))
    store().sweep_staging(STAGING_KEPT.total_seconds(), partial_files=parts)


def check_upload_time(submission: Submission) -> None:
    """Refuse bytes after the ticket's window (``TooLate``)."""
    if submission.received_at is None and clock.now() > submission.upload_until:
        raise TooLate(
            _("The time for this file ended at %(until)s (UTC).")
            % {"until": f"{submission.upload_until:%Y-%m-%d %H:%M:%S}"},
            code="submission_upload_in_time",
        )
