"""Rows that move through states, and mail that waits for its sending."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.errors import MOVED_ON, InvalidTransition, LostRace
from mycenas.core.machine import StateMachine
from mycenas.core.ruled import Ruled
from mycenas.core.rules import MOST_ROWS, MOST_TRIES, moments, numbers
from mycenas.core.signing.models import ReceiptKey

__all__ = [
    "STATE_WIDTH",
    "AuditEntry",
    "Mail",
    "MailQuerySet",
    "ReceiptKey",
    "Ruled",
    "Stateful",
]

STATE_WIDTH = 24


class Stateful(Ruled):
    """A model whose ``state`` only ``move`` may change, judged by PostgreSQL."""

    machine: ClassVar[StateMachine]
    state: models.CharField[str, str]

    class Meta:
        abstract = True

    def move(
        self, to: str, *, expect: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """Move to ``to`` in one guarded UPDATE, together with ``changes``.

        ``expect`` adds columns that must still hold the given values. Raises
        ``InvalidTransition`` for a move that does not exist, ``LostRace`` if the row
        is no longer as it was read, ``IntegrityError`` if a guard refuses.
        """
        old = str(self.state)
        if not self.machine.allows(old, to):
            raise InvalidTransition(
                _("This cannot go from “%(old)s” to “%(new)s”.")
                % {"old": self._label(old), "new": self._label(to)}
            )
        manager: models.Manager[Any] = type(self)._default_manager
        rows = manager.filter(pk=self.pk, state=old, **expect or {})
        if rows.update(state=to, **changes) != 1:
            raise LostRace(MOVED_ON)
        self.now_has({"state": to, **changes})

    def now_has(self, changes: dict[str, Any]) -> None:
        """Take over what was written; what PostgreSQL computed is read when asked."""
        for name, value in changes.items():
            if hasattr(value, "resolve_expression"):
                self.__dict__.pop(name, None)
            else:
                setattr(self, name, value)

    def require(self, *states: str) -> None:
        """Refuse what can only be done in one of ``states`` (``InvalidTransition``).

        For moves that the machine also allows as another verb.
        """
        if self.state not in states:
            raise InvalidTransition(
                _("This cannot be done while it is “%(state)s”.")
                % {"state": self._label(str(self.state))}
            )

    def _label(self, state: str) -> str:
        return str(self.machine.states(state).label)  # type: ignore[attr-defined]


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> Self:
        """Not sent and not given up, oldest first."""
        return self.filter(sent_at=None, attempts__lt=Mail.ATTEMPTS).order_by("pk")


class Mail(Ruled):
    """A message stored in the same transaction as the act that it tells of.

    One with a ``template`` gets its words when it leaves, from what the row ``about``
    says then: for acts in a hurry whose facts never change. See mycenas/core/mail.py.
    """

    ATTEMPTS: ClassVar[int] = 8

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    template = models.CharField(max_length=100, db_default="", editable=False)
    about = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mail")
        indexes = [
            models.Index("id", name="mail_waiting", condition=models.Q(sent_at=None))
        ]
        constraints = [
            *moments("created_at", "sent_at"),
            *numbers(0, MOST_TRIES, "attempts"),
            *numbers(1, MOST_ROWS, "about"),
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"


class AuditEntry(Ruled):
    """One change of one row; written by a trigger, never changed, never removed.

    ``changes`` maps each changed column to what it was and what it became. ``actor``
    is a user's id; there is no foreign key, so that the record outlives the account.
    """

    at = models.DateTimeField(db_default=Now())
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    operation = models.CharField(max_length=6)
    changes = models.JSONField()
    actor = models.BigIntegerField(null=True)
    source = models.CharField(max_length=200)
    reason = models.TextField()
    database_role = models.CharField(max_length=63)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["table_name", "row_id", "id"], name="audit_of_row")
        ]
        constraints = [*moments("at"), *numbers(1, MOST_ROWS, "row_id", "actor")]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"
