"""Refusals of phase one, and what they leave behind.

A refused file ends its upload, never its reservation: another file may follow. The same
file entered again leads to the receipt that exists, unless it is meant so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import MOVED_ON, LostRace, ProblemError, constraint_of
from mycenas.core.queue.mail import absolute
from mycenas.core.templatetags.ui import exact_moment
from mycenas.storage import StagedFile, StorageFailed, Store
from mycenas.uploads.quotas import Quota, RetryLater
from submissions.models import Submission, Upload
from submissions.states import NOT_COUNTED
from submissions.states import SubmissionState as S


class DifferentRepeat(ProblemError):
    """The idempotency key was used for something else."""

    status = 422
    code = "idempotency_key_reused"


class StorageUnavailable(RetryLater):
    """The bytes could not be made durable; nothing was acknowledged."""

    code = "storage_unavailable"

    def __init__(self) -> None:
        super().__init__(
            Quota("storage", limit=0, seconds=30),
            _(
                "Your file could not be stored just now, so it is not entered yet. "
                "Your arrival is recorded: send the same form again in half a minute."
            ),
        )


class Unavailable(ProblemError):
    """PostgreSQL does not answer; what was acknowledged is safe."""

    status = 503
    code = "database_unavailable"
    retry_after = 10

    def __init__(self) -> None:
        super().__init__(
            _("The site cannot be reached just now. Go on in ten seconds.")
        )


ONCE_PER_FILE = "submission_once_per_file"


class EnteredBefore(ProblemError):
    """The participant's ``entry`` in the same competition has the same bytes."""

    code = "entered_before"

    def __init__(self, entry: Submission) -> None:
        self.entry = entry
        super().__init__(
            _(
                "You have entered this file here already: %(at)s, entry "
                "%(reference)s. Nothing was entered twice."
            )
            % {
                "at": exact_moment(entry.arrived_at, entry.competition.zone),
                "reference": entry.public_id,
            },
            token=entry.token,
            receipt_url=absolute("submissions:receipt", entry.token),
        )


def end_repeated(
    submission: Submission, error: IntegrityError, sha256: str, kept: str, files: Store
) -> ProblemError:
    """Expire a reservation whose file PostgreSQL refused as a repeat; the refusal.

    The stored file is removed after the move: nothing can acknowledge it then.
    """
    if constraint_of(error) != ONCE_PER_FILE:
        raise error
    first = (
        Submission.objects.filter(
            competition_id=submission.competition_id,
            participant_id=submission.participant_id,
            sha256=sha256,
        )
        .exclude(state__in=NOT_COUNTED)
        .exclude(replacements=submission.pk)
        .order_by("pk")
        .first()
    )
    if first is None:
        return LostRace(MOVED_ON)
    refused = EnteredBefore(first)
    with suppress(LostRace, StorageFailed):
        submission.move(
            S.EXPIRED, refused_at=DatabaseNow(), refusal=str(refused.sentence)
        )
        files.remove_original(kept)
    return refused


# Codes of faults of the file itself. Other refusals (a broken connection, no slot, a
# wrong checksum of one PATCH) leave the same file free to come again.
FILE_FAULTS = (
    "empty_file",
    "upload_too_large",
    "size_mismatch",
    "sha256_mismatch",
    "invalid_entry",
)
MAX_SENTENCE = 1000


@contextmanager
def recording_refusal(
    submission: Submission | None, staged: StagedFile | None = None
) -> Iterator[None]:
    """Record in the row why its file is refused inside; the refusal propagates.

    ``staged`` is the file, if all of it arrived.
    """
    try:
        yield
    except ProblemError as refused:
        if submission and refused.code in FILE_FAULTS:
            record_refusal(submission, str(refused.sentence), staged)
            if staged is not None and refused.code == "invalid_entry":
                _forget_declared(submission, staged)
        raise


def record_refusal(
    submission: Submission, why: str, staged: StagedFile | None = None
) -> None:
    """Record why; the reservation stays, unless it declared this very file."""
    if submission.state != S.RESERVED:
        return
    noted: dict[str, Any] = {"refused_at": DatabaseNow(), "refusal": why[:MAX_SENTENCE]}
    if staged is not None and staged.sha256 == submission.declared_sha256:
        with suppress(LostRace):
            submission.move(S.EXPIRED, **noted)
        return
    Submission.objects.filter(pk=submission.pk, state=S.RESERVED).update(**noted)


def _forget_declared(submission: Submission, staged: StagedFile) -> None:
    """Let another file follow a whole one that was no picture."""
    Upload.objects.filter(
        Q(length=None) | Q(length=staged.size),
        Q(sha256=None) | Q(sha256=staged.sha256),
        submission=submission,
        submission__state=S.RESERVED,
    ).update(length=submission.declared_size, sha256=None, offset=0)
