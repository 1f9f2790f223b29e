"""Phase two: claim, re-hash, render, commit. It never looks at deadlines."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import MOVED_ON, LostRace, ProblemError
from mycenas.core.queue.publisher import enqueue
from mycenas.imaging.rendering import (
    DecoderDied,
    RenderedImage,
    UnreadableImage,
    render,
)
from mycenas.storage import StorageFailed, Store, store
from submissions.access import require_moderator
from submissions.mails import write_to_artist
from submissions.models import FileMetadata, Rendition, Submission, SubmissionQuerySet
from submissions.states import SubmissionState

logger = logging.getLogger(__name__)

SWEEP_AT_ONCE = 200
# In units of SWEEP_AFTER: when to enqueue again, and when to stop waiting for workers.
SWEEP_AGAIN, SWEEP_MYSELF = 3, 6
WORKER_LOST = gettext_noop(
    "The check of this file was broken off %(count)s times without a result. The file "
    "is safe, and a moderator can have it checked again. You can also save the picture "
    "again and enter the new file."
)
ORIGINAL_DAMAGED = gettext_noop(
    "The stored file no longer matches the SHA-256 of its receipt. The operators can "
    "see this; your receipt stays valid."
)


def process(submission_id: int) -> bool:
    """Run phase two for one entry; False if there was nothing to do.

    Safe to call twice: one caller claims the row, and the attempt that the claim wrote
    fences the commit.
    """
    submission = claim(submission_id)
    if submission is None:
        return False
    with _unless_taken_over(submission):
        _attempt(submission)
    return True


@contextmanager
def _unless_taken_over(submission: Submission) -> Iterator[None]:
    try:
        yield
    except LostRace:
        logger.warning("Entry %s was taken over by another worker.", submission.pk)


def _attempt(submission: Submission) -> None:
    try:
        _render_and_commit(submission, store())
    except UnreadableImage as problem:
        quarantine(submission, code=problem.code, fault=str(problem.sentence))
    except DecoderDied:
        _strike(submission)
    except StorageFailed:
        # A fault of ours, not of the file: it counts no strike.
        logger.exception("The pictures of entry %s were not stored.", submission.pk)
        _give_back(submission, wait=settings.SWEEP_AFTER)


def claim(submission_id: int) -> Submission | None:
    """Take the lease of a received entry; None if another worker has it."""
    try:
        submission = Submission.objects.get(
            pk=submission_id, state=SubmissionState.RECEIVED
        )
        submission.move(
            SubmissionState.PROCESSING,
            expect={"attempt": submission.attempt},
            attempt=submission.attempt + 1,
            lease_owner=f"{socket.gethostname()}:{os.getpid()}"[:80],
            lease_until=DatabaseNow() + settings.PROCESSING_LEASE,
            next_attempt_at=None,
        )
    except (Submission.DoesNotExist, ProblemError):
        return None
    return submission


def _render_and_commit(submission: Submission, files: Store) -> None:
    with (
        files.local_copy(
            submission.original or "",
            sha256=submission.sha256 or "",
            size=submission.size or 0,
        ) as original,
        tempfile.TemporaryDirectory(prefix="mycenas-") as folder,
    ):
        if original is None:
            quarantine(submission, code="original_damaged", fault=ORIGINAL_DAMAGED)
            return
        picture = render(original, Path(folder))
        for rendition in picture.renditions:
            name = _rendition_name(submission, rendition.width_class)
            files.save_rendition(rendition.path, name)
    commit(submission, picture)


def _rendition_name(submission: Submission, width_class: int) -> str:
    public_id = submission.public_id
    return f"{public_id[:2]}/{public_id}-{submission.attempt}-{width_class}.webp"


def write_renditions(submission: Submission, picture: RenderedImage) -> None:
    """Insert the rows if this attempt holds the lease; raises LostRace otherwise.

    Call it in a transaction before the entry moves: PostgreSQL accepts renditions only
    while the entry is in *processing*.
    """
    held = Submission.objects.select_for_update().filter(
        pk=submission.pk,
        state=SubmissionState.PROCESSING,
        attempt=submission.attempt,
    )
    if not held.values_list("pk", flat=True):
        raise LostRace(MOVED_ON)
    Rendition.objects.bulk_create(
        Rendition(
            submission=submission,
            width_class=rendition.width_class,
            name=_rendition_name(submission, rendition.width_class),
            width=rendition.width,
            height=rendition.height,
            size=rendition.size,
            sha256=rendition.sha256,
        )
        for rendition in picture.renditions
    )


def commit(submission: Submission, picture: RenderedImage) -> None:
    """Move the entry to review, if this attempt still holds the lease."""
    with transaction.atomic():
        write_renditions(submission, picture)
        FileMetadata.objects.create(submission=submission, facts=picture.metadata)
        submission.move(
            SubmissionState.PENDING,
            expect={"attempt": submission.attempt},
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            dhash=picture.dhash,
            processed_at=DatabaseNow(),
            lease_owner="",
            lease_until=None,
            fault="",
            fault_code="",
        )


def quarantine(submission: Submission, *, code: str, fault: str) -> None:
    with _unless_taken_over(submission), transaction.atomic():
        submission.move(
            SubmissionState.QUARANTINED,
            expect={"attempt": submission.attempt},
            fault_code=code[:40],
            fault=fault[:400],
            lease_owner="",
            lease_until=None,
        )
        write_to_artist(submission, "quarantined")


def _strike(submission: Submission) -> None:
    """Quarantine after the last strike, else try again after a delay."""
    strikes = submission.strikes + 1
    if strikes >= settings.PROCESSING_STRIKES:
        quarantine(
            submission,
            code="decoder_died",
            fault=_(
                "The file stopped the program that reads pictures %(count)s times. "
                "Save it again from your picture program and enter the new file."
            )
            % {"count": strikes},
        )
    else:
        _give_back(submission, wait=settings.SWEEP_AFTER * strikes, strikes=strikes)


def _lose_lease(submission: Submission) -> None:
    """End an expired lease: its worker was killed, or is too slow.

    This is no strike, because it says little about the file. The number of lost leases
    is limited too, for a file that kills its worker each time.
    """
    lost = submission.lost_leases + 1
    if lost >= settings.PROCESSING_LOST_LEASES:
        fault = _(WORKER_LOST) % {"count": lost}
        quarantine(submission, code="worker_lost", fault=fault)
    else:
        _give_back(submission, wait=timedelta(0), lost_leases=lost)


def _give_back(submission: Submission, *, wait: timedelta, **changes: int) -> None:
    submission.move(
        SubmissionState.RECEIVED,
        expect={"attempt": submission.attempt},
        lease_owner="",
        lease_until=None,
        next_attempt_at=DatabaseNow() + wait,
        **changes,
    )


def try_again(submission: Submission, *, by: User) -> None:
    """Run phase two again for a quarantined entry, with all strikes available.

    The attempt keeps counting: it fences late commits.
    """
    require_moderator(submission, by)
    submission.require(SubmissionState.QUARANTINED)
    submission.move(
        SubmissionState.RECEIVED, next_attempt_at=None, strikes=0, lost_leases=0
    )
    enqueue("submissions.process", submission.pk)


def sweep() -> int:
    """Enqueue entries whose message was lost or whose worker died; returns how many."""
    return sum(enqueue("submissions.process", entry.pk) for entry in _forgotten())


def sweep_here() -> int:
    """The sweep of the loop that needs no Redis; returns the number of due entries.

    It processes an entry itself if no task can be enqueued, or if earlier tasks have
    not finished it: a worker may take messages without finishing anything.
    """
    found = _forgotten()
    hope_ends = database.now() - SWEEP_MYSELF * settings.SWEEP_AFTER
    for entry in found:
        has_waited = (entry.received_at or hope_ends) <= hope_ends
        if has_waited or not enqueue("submissions.process", entry.pk):
            process(entry.pk)
    return len(found)


def _forgotten() -> list[Submission]:
    """Due entries; each is due again only after a delay, so that messages stay few."""
    _take_back_expired_leases()
    found = list(due().only("pk", "received_at")[:SWEEP_AT_ONCE])
    Submission.objects.filter(
        pk__in=[entry.pk for entry in found], state=SubmissionState.RECEIVED
    ).update(next_attempt_at=DatabaseNow() + SWEEP_AGAIN * settings.SWEEP_AFTER)
    return found


def due() -> SubmissionQuerySet:
    """Received entries that no worker claimed in time."""
    now = database.now()
    return Submission.objects.filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=now),
        state=SubmissionState.RECEIVED,
        received_at__lte=now - settings.SWEEP_AFTER,
    ).order_by("received_at")


def oldest_unfinished_seconds() -> int | None:
    """Age of the oldest acknowledged entry that is not processed yet."""
    oldest = Submission.objects.filter(
        state__in=(SubmissionState.RECEIVED, SubmissionState.PROCESSING)
    ).aggregate(oldest=Min("received_at"))["oldest"]
    return int((database.now() - oldest).total_seconds()) if oldest else None


def _take_back_expired_leases() -> None:
    expired = Submission.objects.filter(
        state=SubmissionState.PROCESSING, lease_until__lt=database.now()
    )
    for submission in expired:
        with suppress(LostRace):
            _lose_lease(submission)
