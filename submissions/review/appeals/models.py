"""Appeals of artists against rejections."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db.bounds import BLANK, datetimes
from mycenas.core.fields import Prose
from mycenas.core.models import STATE_WIDTH, Stateful
from mycenas.core.states.machine import StateMachine
from submissions.models import Submission
from submissions.review.appeals.states import APPEAL, AppealState

LONGEST_TEXT = 2000
LONGEST_ANSWER = 1000


class AppealQuerySet(models.QuerySet["Appeal"]):
    def waiting(self) -> Self:
        """Not decided, in competitions that go on."""
        return self.filter(
            state=AppealState.OPEN, submission__competition__cancelled_at=None
        )


class Appeal(Stateful):
    """One appeal against one rejection, decided by another person.

    PostgreSQL copies the rejection from the entry: its moment, person and reason.
    """

    machine: ClassVar[StateMachine] = APPEAL

    submission = models.ForeignKey(
        Submission,
        models.PROTECT,
        related_name="appeals",
        verbose_name=_("entry"),
        editable=False,
    )
    text = Prose(_("appeal"), max_length=LONGEST_TEXT, editable=False)
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=AppealState,
        default=AppealState.OPEN,
        editable=False,
    )
    made_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    rejected_at = models.DateTimeField(_("rejected"), db_default=Now(), editable=False)
    rejected_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("rejected by"),
        editable=False,
    )
    rejection = models.CharField(
        _("reason of the rejection"), max_length=1000, blank=True, editable=False
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
        editable=False,
    )
    answer = Prose(_("answer"), max_length=LONGEST_ANSWER, blank=True, editable=False)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        indexes = [
            models.Index(
                fields=["submission"],
                name="appeal_open",
                condition=Q(state=AppealState.OPEN),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="appeal_known_state", condition=Q(state__in=AppealState.values)
            ),
            models.CheckConstraint(
                name="appeal_has_text", condition=~Q(text__regex=BLANK)
            ),
            models.CheckConstraint(
                name="appeal_decided_tied",
                condition=Q(state=AppealState.OPEN, decided_at=None, decided_by=None)
                | ~Q(state=AppealState.OPEN)
                & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="appeal_answered",
                condition=Q(state=AppealState.OPEN) | ~Q(answer__regex=BLANK),
            ),
            models.CheckConstraint(
                name="appeal_decided_by_another",
                condition=Q(decided_by=None)
                | Q(rejected_by=None)
                | ~Q(decided_by=F("rejected_by")),
            ),
            models.UniqueConstraint(
                fields=["submission", "rejected_at"], name="appeal_once_per_rejection"
            ),
            *datetimes("made_at", "rejected_at", "decided_at"),
        ]

    def __str__(self) -> str:
        return str(self.submission)
