"""What was entered, its pictures, and the prizes it won."""

from __future__ import annotations

import secrets
from functools import partial
from typing import ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from competitions.models import Category, Competition, Prize
from mycenas.accounts.models import User
from mycenas.core.machine import StateMachine
from mycenas.core.models import STATE_WIDTH, Stateful
from submissions.states import (
    IN_WORK,
    PROCESSED,
    SUBMISSION,
    WITHOUT_FILE,
    SubmissionState,
)

TOKEN_PATTERN = r"[A-Za-z0-9_-]{32}"  # noqa: S105  a pattern, no secret
PUBLIC_ID_PATTERN = r"[A-Za-z0-9_-]{11}"
SHA256 = RegexValidator(r"^[0-9a-f]{64}\Z", _("A SHA-256 is 64 hexadecimal digits."))


# 192 random bits name a receipt, 64 an entry's public page.
new_token = partial(secrets.token_urlsafe, 24)
new_public_id = partial(secrets.token_urlsafe, 8)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def owned_by(self, user: User) -> Self:
        return self.filter(participant=user)

    def in_gallery(self) -> Self:
        """Accepted entries of competitions that go on or have been decided."""
        return self.filter(
            state=SubmissionState.APPROVED, competition__cancelled_at=None
        )

    def unfinished(self) -> Self:
        """Tickets and entries that still wait for something to happen."""
        return self.filter(state__in=(SubmissionState.RESERVED, *IN_WORK))

    def waiting_for_review(self) -> Self:
        return self.filter(state=SubmissionState.PENDING).order_by("arrived_at")


class Submission(Stateful):
    """One entry, from its arrival to its decision.

    ``sha256`` (hex), ``size`` (bytes) and ``original`` (storage name) are set once,
    with the acknowledgment; PostgreSQL refuses to change them afterwards.
    """

    machine: ClassVar[StateMachine] = SUBMISSION

    token = models.CharField(
        max_length=32, unique=True, default=new_token, editable=False
    )
    public_id = models.CharField(
        max_length=11, unique=True, default=new_public_id, editable=False
    )
    competition = models.ForeignKey(
        Competition, models.PROTECT, related_name="submissions"
    )
    participant = models.ForeignKey(User, models.PROTECT, related_name="submissions")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    alt_text = models.CharField(_("alternative text"), max_length=500, blank=True)
    rules_accepted_at = models.DateTimeField(db_default=Now(), editable=False)
    idempotency_key = models.CharField(max_length=64, editable=False)
    declared_size = models.BigIntegerField(null=True, editable=False)
    declared_sha256 = models.CharField(  # noqa: DJ001  unset until known
        max_length=64, null=True, editable=False, validators=[SHA256]
    )

    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=SubmissionState,
        default=SubmissionState.RESERVED,
        editable=False,
    )
    arrived_at = models.DateTimeField(_("arrived"), db_default=Now(), editable=False)
    upload_until = models.DateTimeField(editable=False)

    original = models.CharField(max_length=200, null=True, unique=True, editable=False)  # noqa: DJ001  unset until known
    original_name = models.CharField(_("file name"), max_length=255, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, null=True, editable=False)  # noqa: DJ001  unset until known
    size = models.BigIntegerField(_("size in bytes"), null=True, editable=False)
    received_at = models.DateTimeField(null=True, editable=False)

    attempt = models.PositiveIntegerField(default=0, editable=False)
    lease_owner = models.CharField(max_length=80, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    next_attempt_at = models.DateTimeField(null=True, editable=False)
    fault_code = models.CharField(max_length=40, blank=True, editable=False)
    fault = models.CharField(_("problem"), max_length=400, blank=True, editable=False)

    media_type = models.CharField(max_length=40, blank=True, editable=False)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    dhash = models.BigIntegerField(null=True, editable=False)
    processed_at = models.DateTimeField(null=True, editable=False)

    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )
    decision_reason = models.CharField(
        _("reason"), max_length=1000, blank=True, editable=False
    )
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ("arrived_at", "pk")
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        indexes = [
            models.Index(
                fields=["competition", "state", "id"], name="submission_by_state"
            ),
            models.Index(
                fields=["state", "received_at"],
                name="submission_in_work",
                condition=Q(
                    state__in=(
                        SubmissionState.RESERVED,
                        SubmissionState.RECEIVED,
                        SubmissionState.PROCESSING,
                    )
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "participant", "idempotency_key"],
                name="submission_once_per_key",
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
                    sha256__regex=r"^[0-9a-f]{64}$",
                    size__gt=0,
                    original__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="submission_received_at_tied",
                condition=Q(state=SubmissionState.WITHDRAWN)
                | Q(state__in=WITHOUT_FILE, received_at=None)
                | ~Q(state__in=WITHOUT_FILE) & Q(received_at__isnull=False),
            ),
            models.CheckConstraint(
                name="submission_size_as_declared",
                condition=Q(declared_size=None)
                | Q(size=None)
                | Q(size=F("declared_size")),
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
                | Q(processed_at__isnull=False, width__gt=0, height__gt=0)
                & ~Q(media_type="")
                | Q(state=SubmissionState.REJECTED) & ~Q(fault=""),
            ),
            models.CheckConstraint(
                name="submission_quarantine_has_fault",
                condition=~Q(state=SubmissionState.QUARANTINED) | ~Q(fault=""),
            ),
            models.CheckConstraint(
                name="submission_decision_has_reason",
                condition=~Q(
                    state__in=(SubmissionState.REJECTED, SubmissionState.DISQUALIFIED)
                )
                | ~Q(decision_reason=""),
            ),
            models.CheckConstraint(
                name="submission_withdrawn_at_tied",
                condition=Q(state=SubmissionState.WITHDRAWN, withdrawn_at__isnull=False)
                | ~Q(state=SubmissionState.WITHDRAWN) & Q(withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("submissions:entry", args=[self.public_id])

    @property
    def receipt_url(self) -> str:
        return reverse("submissions:receipt", args=[self.token])

    @property
    def text_alternative(self) -> str:
        """What a screen reader says for the picture; never the file's name."""
        return self.alt_text or _("“%(title)s” by %(artist)s") % {
            "title": self.title,
            "artist": self.participant,
        }

    def rendition(self, width_class: int) -> Rendition | None:
        """The public picture of one size class (1920, 960 or 320), once processed."""
        for rendition in self.renditions.all():
            if rendition.width_class == width_class:
                return rendition
        return None


class Upload(models.Model):
    """A ticket's file on its way in pieces; one for each ticket.

    ``offset`` is how many bytes are durable in the store's part called ``name``. It
    reaches ``length`` (bytes, None until told) never: the last piece moves the entry
    to *received* instead. Deleted when the sender takes an unfinished upload back.
    """

    name = models.CharField(
        max_length=32, unique=True, default=new_token, editable=False
    )
    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="upload", editable=False
    )
    length = models.BigIntegerField(null=True, editable=False)
    offset = models.BigIntegerField(default=0, editable=False)
    file_name = models.CharField(max_length=255, blank=True, editable=False)
    metadata = models.TextField(blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="upload_offset_within_length",
                condition=Q(offset=0, length=None)
                | Q(offset__gte=0, length__isnull=False, offset__lt=F("length")),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Rendition(models.Model):
    """A public picture made from an original: WebP, without metadata."""

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="renditions"
    )
    width_class = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("-width_class",)
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "width_class"], name="rendition_once_per_width"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return reverse(
            "submissions:rendition", args=[self.submission.public_id, self.width_class]
        )


class AwardQuerySet(models.QuerySet["Award"]):
    def standing(self) -> Self:
        """Given and not taken back."""
        return self.filter(taken_back_at=None)


class Award(models.Model):
    """A prize given to an entry; one that was taken back stays on record."""

    competition = models.ForeignKey(
        Competition, models.PROTECT, related_name="awards", editable=False
    )
    prize = models.ForeignKey(Prize, models.PROTECT, related_name="awards")
    submission = models.ForeignKey(
        Submission, models.PROTECT, related_name="awards", verbose_name=_("entry")
    )
    citation = models.TextField(
        _("citation"), blank=True, help_text=_("Why it won; shown with the entry.")
    )
    awarded_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False
    )
    awarded_at = models.DateTimeField(db_default=Now(), editable=False)
    taken_back_at = models.DateTimeField(null=True, editable=False)

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ("prize__position", "pk")
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        constraints = [
            models.UniqueConstraint(
                fields=["prize"],
                name="award_once_per_prize",
                condition=Q(taken_back_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.prize}: {self.submission}"
