"""Permits: requests for changes of entries in review."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db.bounds import datetimes
from mycenas.core.db.database import DatabaseNow
from mycenas.core.fields import Prose
from mycenas.core.models import STATE_WIDTH, Stateful
from mycenas.core.states.machine import StateMachine
from submissions.models import Submission
from submissions.review.permits.states import PERMIT, PermitState

LONGEST_REASON = 1000
MOST_DAYS = 30
BY_ITSELF = (PermitState.USED, PermitState.EXPIRED)


class PermitQuerySet(models.QuerySet["Permit"]):
    def open(self) -> Self:
        """Those that were neither used nor ended."""
        return self.filter(state=PermitState.OPEN)

    def running(self) -> Self:
        """Those that a reservation can be made with now, if its entry is in review."""
        return self.open().filter(expires_at__gt=DatabaseNow())


class Permit(Stateful):
    """Permits the artist of one entry in review to send one changed version of it.

    The version is a submission that ``replaces`` the entry. PostgreSQL marks the permit
    as used, and withdraws the entry, when the version's file is received.
    """

    machine: ClassVar[StateMachine] = PERMIT

    submission = models.ForeignKey(
        Submission,
        models.PROTECT,
        related_name="permits",
        verbose_name=_("entry"),
        editable=False,
    )
    reason = Prose(_("requested changes"), max_length=LONGEST_REASON, editable=False)
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=PermitState,
        default=PermitState.OPEN,
        editable=False,
    )
    requested_at = models.DateTimeField(
        _("requested"), db_default=Now(), editable=False
    )
    requested_by = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="+",
        verbose_name=_("requested by"),
        editable=False,
    )
    expires_at = models.DateTimeField(_("expires"), editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
        editable=False,
    )

    objects = PermitQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("request for changes")
        verbose_name_plural = _("requests for changes")
        constraints = [
            models.CheckConstraint(
                name="permit_known_state", condition=Q(state__in=PermitState.values)
            ),
            models.CheckConstraint(name="permit_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="permit_ends_later", condition=Q(expires_at__gt=F("requested_at"))
            ),
            models.CheckConstraint(
                name="permit_ended_tied",
                condition=Q(state=PermitState.OPEN, ended_at=None, ended_by=None)
                | Q(state__in=BY_ITSELF, ended_at__isnull=False, ended_by=None)
                | Q(
                    state=PermitState.WITHDRAWN,
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(state=PermitState.OPEN),
                name="permit_alone",
            ),
            *datetimes("requested_at", "expires_at", "ended_at"),
        ]

    def __str__(self) -> str:
        return str(self.submission)
