"""What a form says of an entry, and the reservation that it repeats or continues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from competitions.models import Category
from submissions.intake.refusals import DifferentRepeat
from submissions.models import Submission, Upload
from submissions.states import SubmissionState


@dataclass(frozen=True)
class Entry:
    """The fields of an entry."""

    title: str
    description: str
    alt_text: str
    category: Category | None
    idempotency_key: str
    sha256: str | None = None
    size: int | None = None
    # The participant enters the same bytes again knowingly.
    again: bool = False
    # The entry whose changed version this is.
    replaces: Submission | None = None

    @property
    def words(self) -> dict[str, Any]:
        """What the form says of the work."""
        return {
            "title": self.title,
            "description": self.description,
            "alt_text": self.alt_text,
            "category": self.category,
        }

    def has_words_of(self, submission: Submission) -> bool:
        return all(
            getattr(submission, name) == value for name, value in self.words.items()
        )

    def may_have_file_of(self, submission: Submission) -> bool:
        """Whether the file that is declared may be that of the submission."""
        sha256, size = _declared(submission)
        return (
            (None in (self.sha256, sha256) or self.sha256 == sha256)
            and (None in (self.size, size) or self.size == size)
            and submission.replaces_id == (self.replaces and self.replaces.pk)
        )

    def has_file_of(self, submission: Submission) -> bool:
        """Whether both certainly have the same file."""
        sha256, _ = _declared(submission)
        return self.sha256 is not None and self.sha256 == sha256


def _declared(submission: Submission) -> tuple[str | None, int | None]:
    """SHA-256 and size of the file, as far as they are known."""
    sha256 = submission.sha256 or submission.declared_sha256
    size = submission.size or submission.declared_size
    if submission.received_at is None and (late := getattr(submission, "upload", None)):
        sha256, size = sha256 or late.sha256, size or late.length
    return sha256, size


def continue_reservation(submission: Submission, entry: Entry) -> Submission:
    """Store the newest fields while the file has not been received.

    Other words end the upload that began under the former ones, unless both forms name
    the SHA-256 of one file: no picture arrives under the words of another form. Raises
    ``DifferentRepeat`` for another file.
    """
    if not entry.may_have_file_of(submission):
        raise other_file()
    fields = {
        **entry.words,
        "idempotency_key": entry.idempotency_key,
        "entered_again": submission.entered_again or entry.again,
    }
    reserved = Submission.objects.filter(
        pk=submission.pk, state=SubmissionState.RESERVED
    )
    with transaction.atomic():
        # In the order of an acknowledgment: it locks the upload, then the entry.
        rows = Upload.objects.select_for_update(no_key=True)
        upload = rows.filter(submission=submission).first()
        now = reserved.first()
        if now and upload and not (entry.has_words_of(now) or entry.has_file_of(now)):
            upload.end_url(length=None, sha256=None)
        reserved.update(**fields)
    submission.refresh_from_db()
    if submission.received_at and not entry.may_have_file_of(submission):
        raise other_file()
    return submission


def other_file() -> DifferentRepeat:
    """The refusal of a key that was sent for a file of another size or SHA-256."""
    return DifferentRepeat(
        _(
            "This form was sent before for another file. Open a fresh form to enter "
            "another work."
        )
    )
