"""Upload URLs: issued, renewed and ended, with the offset of each upload."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from competitions.states import CompetitionState
from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.db.compiled import compiled
from mycenas.core.http.errors import (
    MOVED_ON,
    LostRace,
    ProblemError,
    constraint_of,
    sentence_for,
)
from mycenas.core.text import display_name
from mycenas.storage import StagedFile, StorageFailed, Store
from submissions.intake import workflow
from submissions.intake.entry import other_file
from submissions.intake.file_checks import check_digest
from submissions.intake.queries import UploadRef, store_offset
from submissions.models import Submission, Upload
from submissions.models.upload import grant_of
from submissions.states import SubmissionState

logger = logging.getLogger(__name__)

DECLARED_ONCE = "upload_declared_once"
OVER = (SubmissionState.EXPIRED, SubmissionState.WITHDRAWN)
TAKING = (CompetitionState.OPEN, CompetitionState.MODERATION)
# How long after the file was received its URL repeats the acknowledgment.
REPEATED_FOR = timedelta(hours=24)


class LengthFixed(ProblemError):
    """The upload's length was declared before and was another one."""

    code = "length_fixed"


class DeclaredLate(ProblemError):
    """The file was received while something was declared for it.

    The same request, sent again, is answered by what was received.
    """

    code = DECLARED_ONCE
    retry_after = 1


class Deactivated(ProblemError):
    """The account of the participant is not active."""

    status = 403
    code = "not_allowed"


class Gone(ProblemError):
    """The time of this upload is over, or its entry was taken back."""

    status = 410
    code = "upload_over"


def upload_for(
    submission: Submission,
    *,
    length: int | None = None,
    sha256: str | None = None,
    file_name: str = "",
) -> Upload | None:
    """The reservation's upload, inserted at the first call.

    None for entries that were received before every file had an upload. ``length``
    (bytes) is declared once per file; another one raises ``LengthFixed``. So is
    ``sha256``, unless the reservation did; another one raises ``DifferentRepeat``.
    """
    file_name = display_name(file_name)
    upload = _upload_of(submission)
    if submission.state != SubmissionState.RESERVED:
        return upload
    declared = {"length": length, "file_name": file_name}
    upload = upload or _insert(submission, declared)
    upload.submission = submission
    if not is_granted(upload):
        rotate(upload)
    if length is not None and upload.length is None:
        _declare(upload, "length", **declared)
    if sha256 is not None and submission.declared_sha256 is None:
        _declare_sha256(upload, sha256)
    is_another = submission.refused_at is not None and upload.offset == 0
    if file_name and (is_another or not upload.file_name):
        Upload.objects.filter(pk=upload.pk).update(file_name=file_name)
        upload.refresh_from_db()
    if length is not None:
        check_length(upload, length)
    return upload


def _declare_sha256(upload: Upload, sha256: str) -> None:
    if upload.sha256 is None:
        _declare(upload, "sha256", sha256=sha256)
    if upload.sha256 != sha256:
        raise other_file()


def _declare(upload: Upload, once: str, **declared: Any) -> None:
    """Store what is declared unless the column ``once`` has a value already."""
    try:
        Upload.objects.filter(pk=upload.pk, **{once: None}).update(**declared)
    except IntegrityError as error:
        if constraint_of(error) != DECLARED_ONCE:
            raise
        raise DeclaredLate(sentence_for(DECLARED_ONCE) or "") from error
    upload.refresh_from_db()


def check_late(upload: Upload, size: int, sha256: str | None) -> None:
    """Refuse a file that differs from what was declared after its reservation."""
    check_length(upload, size)
    check_digest(upload.sha256, sha256)


def check_length(upload: Upload, length: int) -> None:
    """Raise ``LengthFixed`` for another length than the upload's, if it has one."""
    if upload.length not in (None, length):
        raise LengthFixed(
            _("This upload has %(length)d bytes; that cannot be changed any more.")
            % {"length": upload.length}
        )


def new_upload(*, length: int | None, file_name: str, by: User) -> Upload:
    """An upload to be stored together with its reservation."""
    name = display_name(file_name)
    return Upload(length=length, file_name=name, grant=grant_of(by))


def is_granted(upload: Upload) -> bool:
    """Whether the participant has not signed out everywhere since.

    URLs that are older than the column are granted until their window ends.
    """
    return upload.grant in ("", grant_of(upload.submission.participant))


def _upload_of(submission: Submission) -> Upload | None:
    """The upload in memory, or the stored one."""
    link: Any = Submission._meta.get_field("upload")
    stored: Upload | None = link.get_cached_value(submission, default=None)
    return stored or _uploads.first(submission=submission.pk)


@compiled
def _uploads(submission: Any) -> QuerySet[Upload]:
    return Upload.objects.filter(submission=submission)


def _insert(submission: Submission, declared: dict[str, Any]) -> Upload:
    try:
        grant = grant_of(submission.participant)
        return database.insert_returning(
            Upload(submission=submission, grant=grant, **declared)
        )
    except IntegrityError:
        # A concurrent request was first.
        return Upload.objects.get(submission=submission)


def check_open(upload: Upload) -> None:
    """Raise ``Gone`` (410) once the URL grants nothing any more; see docs/tus.md.

    ``Deactivated`` (403) for a participant who may not sign in.
    """
    submission, now = upload.submission, upload.found_at or database.now()
    if not submission.participant.is_active:
        raise Deactivated(_("This account cannot send files."))
    if submission.received_at is not None:
        if now > submission.received_at + REPEATED_FOR:
            raise Gone(_("The file was received; its address has ended."))
        return
    if submission.state in OVER and submission.refusal:
        raise Gone(
            _("This entry has ended, for its file was refused: %(why)s")
            % {"why": submission.refusal}
        )
    contest = submission.competition
    is_over = contest.state not in TAKING or contest.cancelled_at is not None
    if is_over or submission.state in OVER:
        raise Gone(_("The time for this file is over."))
    if now > submission.upload_until:
        raise Gone(
            _("The time for this file ended at %(until)s (UTC).")
            % {"until": f"{submission.upload_until:%Y-%m-%d %H:%M:%S}"}
        )


def progress(upload: Upload, *, before: int, now: int) -> None:
    """Record ``now`` durable bytes; LostRace if the offset is not ``before``."""
    if not store_offset(upload, before=before, now=now):
        raise LostRace(_("This upload went on elsewhere. Ask where it is."))
    upload.offset = now


def start_again(upload: Upload) -> None:
    """Set the offset to 0: the bytes were lost, or are not the declared ones."""
    Upload.objects.filter(pk=upload.pk).update(offset=0)
    upload.offset = 0


def finish(upload: Upload, staged: StagedFile, files: Store, *, before: int) -> None:
    """Receive the whole file of an upload whose offset is ``before``."""
    if upload.offset != before:
        raise LostRace(_("This upload went on elsewhere. Ask where it is."))
    name = upload.file_name or upload.submission.public_id
    upload_ref = UploadRef(upload.name, before)
    workflow.receive(
        upload.submission, staged, name=name, files=files, upload_ref=upload_ref
    )


def terminate(upload: Upload, files: Store) -> None:
    """Discard the bytes and end the URL; the reservation stays and gets another one.

    LostRace if the file was received or another request was first; PartialFileLocked
    while another process writes.
    """
    part = files.partial_file(upload.part)
    try:
        _end(upload, length=upload.submission.declared_size, sha256=None)
        with suppress(StorageFailed):
            files.remove_partial_file(upload.part)
    finally:
        part.discard()


def rotate(upload: Upload) -> None:
    """End the URL and discard its bytes; ``upload`` has another one afterwards.

    Its length and SHA-256 stay. LostRace if the file was received.
    """
    _end(upload)
    upload.refresh_from_db()


def _end(upload: Upload, **declared: Any) -> None:
    with transaction.atomic():
        # Holds off an acknowledgment, which locks this row as well.
        Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
        entry = Submission.objects.filter(pk=upload.submission_id)
        if entry.filter(received_at__isnull=False).exists():
            raise LostRace(
                _("The file was received and stays. Withdraw the entry instead.")
            )
        ended = upload.end_url(**declared)
    if not ended:
        raise LostRace(MOVED_ON, headers={"Retry-After": "1"})
