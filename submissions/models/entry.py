"""What was entered."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from competitions.models import Category, Competition
from mycenas.accounts.models import User
from mycenas.core.fields import Line, Prose
from mycenas.core.models import STATE_WIDTH, AuditEntry, Stateful
from mycenas.core.states.machine import StateMachine
from submissions.constraints import CONSTRAINTS, HASH_INDEXES, SEARCH_INDEXES
from submissions.models.artist import NamesArtist
from submissions.states import SUBMISSION
from submissions.states import SubmissionState as S

if TYPE_CHECKING:
    from submissions.models.rendition import Rendition

TOKEN_PATTERN = r"[A-Za-z0-9_-]{32}"  # noqa: S105  a pattern, no secret
PUBLIC_ID_LENGTH = 11
# Of 64; the signed receipt has the whole digest.
LEDGER_NAME_DIGITS = 16
PUBLIC_ID_PATTERN = rf"[A-Za-z0-9_-]{{{PUBLIC_ID_LENGTH}}}"
SHA256 = RegexValidator(r"^[0-9a-f]{64}\Z", _("A SHA-256 is 64 hexadecimal digits."))
# 192 random bits name a receipt, 64 an entry's public page.
new_token = partial(secrets.token_urlsafe, 24)
new_public_id = partial(secrets.token_urlsafe, 8)


# Of decided entries: the decision can no longer be undone.
SETTLED = Q(undo_until=None) | Q(undo_until__lte=Now())


class Picture(NamedTuple):
    """What a page must know of a rendition to show it; sizes in pixels."""

    width_class: int
    width: int
    height: int


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def owned_by(self, user: User) -> Self:
        return self.filter(participant=user)

    def entered(self, competition: Any) -> Self:
        """Those to ``competition``, or what stands for it in a query, that are here."""
        return self.filter(competition=competition, received_at__isnull=False)

    def in_gallery(self) -> Self:
        """Accepted entries of competitions that go on or have been decided."""
        accepted = self.filter(SETTLED, state=S.APPROVED)
        return accepted.filter(competition__cancelled_at=None)


class Submission(NamesArtist, Stateful):
    """One entry, from its arrival to its decision.

    ``sha256`` (hex), ``size`` (bytes) and ``original`` (storage name) are set once,
    with the acknowledgment; PostgreSQL refuses to change them afterwards. So are the
    site's address and the competition's slug and title, which the receipt names.
    """

    machine: ClassVar[StateMachine] = SUBMISSION
    internal_columns: ClassVar[frozenset[str]] = frozenset(
        """attempt dhash entered_again idempotency_key lease_owner lease_until
        lost_leases next_attempt_at original processed_at public_id receipt_issuer
        receipt_slug receipt_title rules_accepted_at strikes upload_until""".split()  # noqa: SIM905
    )

    token = models.CharField(
        max_length=32, unique=True, default=new_token, editable=False
    )
    public_id = models.CharField(
        max_length=11, unique=True, default=new_public_id, editable=False
    )
    # Without an index of its own: several begin with it.
    competition = models.ForeignKey(
        Competition, models.PROTECT, related_name="submissions", db_index=False
    )
    participant = models.ForeignKey(User, models.PROTECT, related_name="submissions")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    title = Line(_("title"), max_length=160)
    description = Prose(_("description"), max_length=4000, blank=True)
    alt_text = Line(_("alternative text"), max_length=500, blank=True)
    rules_accepted_at = models.DateTimeField(db_default=Now(), editable=False)
    # The entry in review whose changed version this is; see submissions/review/permits.
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="replacements",
        verbose_name=_("replaces"),
        editable=False,
        db_index=False,
    )
    idempotency_key = models.CharField(max_length=64, editable=False)
    # Its participant knows that the same bytes are entered already.
    entered_again = models.BooleanField(default=False, editable=False)
    declared_size = models.BigIntegerField(null=True, editable=False)
    declared_sha256 = models.CharField(  # noqa: DJ001  unset until known
        max_length=64, null=True, editable=False, validators=[SHA256]
    )

    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=S,
        default=S.RESERVED,
        editable=False,
    )
    arrived_at = models.DateTimeField(_("arrived"), db_default=Now(), editable=False)
    upload_until = models.DateTimeField(editable=False)
    # Why the last file that came for this arrival was refused.
    refused_at = models.DateTimeField(null=True, editable=False)
    refusal = models.CharField(
        _("refused file"), max_length=1000, blank=True, db_default="", editable=False
    )

    original = models.CharField(max_length=200, null=True, unique=True, editable=False)  # noqa: DJ001  unset until known
    original_name = models.CharField(_("file name"), max_length=255, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, null=True, editable=False)  # noqa: DJ001  unset until known
    size = models.BigIntegerField(_("size in bytes"), null=True, editable=False)
    received_at = models.DateTimeField(null=True, editable=False)
    receipt_issuer = models.TextField(null=True, editable=False)  # noqa: DJ001  unset until known
    receipt_slug = models.TextField(null=True, editable=False)  # noqa: DJ001  unset until known
    receipt_title = models.TextField(null=True, editable=False)  # noqa: DJ001  unset until known

    attempt = models.PositiveIntegerField(default=0, editable=False)
    strikes = models.PositiveSmallIntegerField(default=0, editable=False)
    lost_leases = models.PositiveSmallIntegerField(db_default=0, editable=False)
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
    # The reason code of a rejection, as it was then; see submissions.review.reasons.
    decision_code = models.CharField(
        _("reason code"), max_length=20, blank=True, db_default="", editable=False
    )
    # Until then who decided may undo it, and only moderators see the decision.
    undo_until = models.DateTimeField(
        _("can be undone until"), null=True, editable=False
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
                condition=Q(state__in=(S.RESERVED, S.RECEIVED, S.PROCESSING)),
            ),
            models.Index(
                fields=["competition", "participant", "sha256"],
                name="submission_by_file",
                condition=Q(sha256__isnull=False),
            ),
            models.Index(
                fields=["replaces"],
                name="submission_replacements",
                condition=Q(replaces__isnull=False),
            ),
            models.Index(
                fields=["sha256"],
                name="submission_same_file",
                condition=Q(sha256__isnull=False),
            ),
            *HASH_INDEXES,
            *SEARCH_INDEXES,
            models.Index(fields=["competition", "id"], name="submission_in_order"),
        ]
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self._address

    @cached_property
    def _address(self) -> str:
        return reverse("submissions:entry", args=[self.public_id])

    @property
    def receipt_url(self) -> str:
        return reverse("submissions:receipt", args=[self.token])

    @property
    def token_sha256(self) -> str:
        """A public identifier that does not reveal the receipt's URL (hex)."""
        return hashlib.sha256(self.token.encode()).hexdigest()

    @property
    def ledger_name(self) -> str:
        return self.token_sha256[:LEDGER_NAME_DIGITS]

    @property
    def ledger_url(self) -> str:
        path = reverse("submissions:books", args=[self.competition.slug])
        return f"{path}?after={self.pk - 1}#line-{self.ledger_name}"

    def hide_undoable(self, now: datetime) -> Self:
        """Show the entry as in review while its decision can be undone.

        For pages that the artist or the public sees; changes this object alone.
        """
        if self.undo_seconds(now):
            hidden = {"decided_at": None, "decided_by_id": None}
            texts = {"decision_reason": "", "decision_code": ""}
            self.apply_changes({"state": S.PENDING, **hidden, **texts})
        return self

    def undo_seconds(self, now: datetime) -> int:
        """The seconds left to undo its decision, rounded up; 0 without any."""
        left = (self.undo_until - now).total_seconds() if self.undo_until else 0
        return max(0, ceil(left))

    def reason_before_decision(self) -> str:
        """Why it was put back in review before the present decision, by the journal."""
        moves = AuditEntry.objects.filter(
            table_name=self._meta.db_table, row_id=self.pk, changes__has_key="state"
        )
        last = moves.order_by("-pk").values_list("changes", flat=True).first() or {}
        if last.get("state", [None])[0] != S.PENDING:
            return ""
        return str(last.get("decision_reason", [self.decision_reason])[0])

    @property
    def has_pictures(self) -> bool:
        """Whether the file was decoded; one that is held has nothing to review."""
        return bool(self.width)

    @property
    def text_alternative(self) -> str:
        """What a screen reader says for the picture; never the file's name."""
        return self.alt_text or self.caption

    @cached_property
    def pictures(self) -> list[Picture]:
        """Its public pictures, the smallest first; none before it is processed."""
        sizes: Any = getattr(self, "sizes", None)
        if sizes is None:
            rows = self.renditions.order_by("width_class")
            sizes = rows.values_list(*Picture._fields)
        return [Picture(*one) for one in sizes]

    def picture_url(self, width_class: int) -> str:
        return f"{self._address}{width_class}.webp"

    def rendition(self, width_class: int) -> Rendition | None:
        """The public picture of one of ``WIDTHS``, once processed."""
        for rendition in self.renditions.all():
            if rendition.width_class == width_class:
                return rendition
        return None
