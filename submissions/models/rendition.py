"""What is made of an entry: its public pictures and its signed receipt."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import (
    MOST_COUNTED,
    MOST_PIXELS,
    MOST_TRIES,
    datetimes,
    numbers,
)
from mycenas.core.models import ConstrainedModel
from submissions.models.entry import SHA256, Submission


class Rendition(ConstrainedModel):
    """A public picture made from an original: WebP, without metadata.

    Written once, while its entry is checked, and never changed. ``sha256`` is missing
    in rows from before it was kept; `manage.py audit_storage --note-digests` notes it.
    """

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="renditions"
    )
    width_class = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(  # noqa: DJ001  unset where it was not kept
        "SHA-256", max_length=64, null=True, editable=False, validators=[SHA256]
    )

    class Meta:
        ordering = ("-width_class",)
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "width_class"], name="rendition_once_per_width"
            ),
            models.CheckConstraint(
                name="rendition_sha256_is_hex",
                condition=Q(sha256__isnull=True) | Q(sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            *numbers(1, MOST_TRIES, "width_class"),
            *numbers(0, MOST_PIXELS, "width", "height"),
            *numbers(0, MOST_COUNTED, "size"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return self.submission.picture_url(self.width_class)


class FileMetadata(ConstrainedModel):
    """What an original says of itself: read while its entry is checked, for staff only.

    ``facts`` is the result of `mycenas.imaging.metadata`; it may name the artist. It is
    not in the journal, which keeps what has been erased elsewhere. Entries that were
    checked before it was kept get it from `submissions.processing.describing`.
    """

    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="file_metadata", editable=False
    )
    facts: models.JSONField[Any, Any] = models.JSONField(editable=False)

    class Meta:
        verbose_name = _("metadata of a file")
        verbose_name_plural = _("metadata of files")

    def __str__(self) -> str:
        return self.submission.public_id


class Receipt(ConstrainedModel):
    """What was signed for an entry: stored once, never changed or deleted.

    ``text`` is the compact JWS, ``kid`` the key that it names.
    """

    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="receipt", editable=False
    )
    kid = models.CharField(max_length=43, editable=False)
    text = models.TextField(editable=False)
    signed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("signed receipt")
        verbose_name_plural = _("signed receipts")
        constraints = datetimes("signed_at")

    def __str__(self) -> str:
        return self.submission.public_id
