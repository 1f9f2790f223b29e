"""Acts that need two persons."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.approvals.states import APPROVAL, BY_ANOTHER, ApprovalState
from mycenas.core.db.bounds import MOST_ROWS, datetimes, numbers
from mycenas.core.models import STATE_WIDTH, Stateful
from mycenas.core.states.machine import StateMachine

BY_PROPOSER = Q(decided_by=F("proposed_by"))


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def about(self, kind: str, target: int) -> Self:
        return self.filter(kind=kind, target_id=target)

    def waiting(self) -> Self:
        """Proposed and not decided."""
        return self.filter(state=ApprovalState.PROPOSED)


class Approval(Stateful):
    """An act on one row, proposed by one person and confirmed by another.

    ``kind`` names the act, see `mycenas.core.approvals.kinds`; ``target_table`` and
    ``target_id`` name the row. ``digest`` is the SHA-256 of all that was proposed,
    computed by PostgreSQL; nothing of it changes afterwards.
    """

    machine: ClassVar[StateMachine] = APPROVAL

    kind = models.CharField(_("act"), max_length=60, editable=False)
    target_table = models.CharField(max_length=63, editable=False)
    target_id = models.BigIntegerField(editable=False)
    parameters = models.JSONField(default=dict, editable=False)
    reason = models.CharField(_("reason"), max_length=1000, editable=False)
    digest = models.CharField(
        _("SHA-256 of the proposal"), max_length=64, db_default="", editable=False
    )
    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=ApprovalState,
        default=ApprovalState.PROPOSED,
        editable=False,
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("proposed by"),
        editable=False,
    )
    proposed_at = models.DateTimeField(_("proposed"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires"), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
        editable=False,
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decision_reason = models.CharField(
        _("reason of the decision"), max_length=1000, blank=True, editable=False
    )

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        indexes = [
            models.Index(fields=["target_table", "target_id"], name="approval_of_row")
        ]
        constraints = [
            models.CheckConstraint(
                name="approval_known_state",
                condition=Q(state__in=ApprovalState.values),
            ),
            models.CheckConstraint(name="approval_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="approval_decided_by_another",
                condition=~Q(state__in=BY_ANOTHER) | ~BY_PROPOSER,
            ),
            models.CheckConstraint(
                name="approval_withdrawn_by_proposer",
                condition=~Q(state=ApprovalState.WITHDRAWN) | BY_PROPOSER,
            ),
            models.CheckConstraint(
                name="approval_decided_tied",
                condition=Q(
                    state=ApprovalState.PROPOSED, decided_at=None, decided_by=None
                )
                | Q(
                    state=ApprovalState.EXPIRED,
                    decided_at__isnull=False,
                    decided_by=None,
                )
                | Q(
                    state__in=(*BY_ANOTHER, ApprovalState.WITHDRAWN),
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="approval_declined_with_reason",
                condition=~Q(state=ApprovalState.DECLINED) | ~Q(decision_reason=""),
            ),
            models.CheckConstraint(
                name="approval_expires_later",
                condition=Q(expires_at__gt=F("proposed_at")),
            ),
            models.UniqueConstraint(
                fields=["kind", "target_table", "target_id"],
                condition=Q(state=ApprovalState.PROPOSED),
                name="approval_proposed_once",
            ),
            *datetimes("proposed_at", "expires_at", "decided_at"),
            *numbers(1, MOST_ROWS, "target_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_id}"
