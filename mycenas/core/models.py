"""The models of the app, and the base classes of all models."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any, ClassVar, Self

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import MOST_ROWS, MOST_TRIES, datetimes, numbers
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import (
    MOVED_ON,
    InvalidTransition,
    LostRace,
    field_for,
    sentence_for,
)
from mycenas.core.states.machine import StateMachine


class ConstrainedModel(models.Model):
    """A model that validates its constraints with their registered sentences.

    All models of ours are one. Sentences and fields are registered in
    mycenas/core/http/errors.py and mycenas/core/db/constraint_messages.py.
    """

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        validate_constraints(self, exclude)


def validate_constraints(
    row: models.Model, exclude: Collection[str] | None = None
) -> None:
    """Raise ``ValidationError`` with the sentences of violated constraints, by field.

    Also for models of libraries, whose own messages only name the constraint.
    """
    errors: dict[str, list[str]] = {}
    out = set(exclude or ())
    fields = {field.name for field in row._meta.get_fields()} - out
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, row, exclude=out)
            except ValidationError as error:
                for field, sentences in _messages(constraint, error).items():
                    place = field if field in fields else NON_FIELD_ERRORS
                    errors.setdefault(place, []).extend(sentences)
    if errors:
        raise ValidationError(errors)


def _messages(
    constraint: models.BaseConstraint, error: ValidationError
) -> dict[str, list[str]]:
    """The sentences of a violated constraint, by field."""
    if hasattr(error, "error_dict"):
        return error.message_dict
    sentence = sentence_for(constraint.name) or error.messages[0]
    return {field_for(constraint.name): [str(sentence)]}


STATE_WIDTH = 24


class Stateful(ConstrainedModel):
    """A model whose ``state`` is changed by ``move`` only; PostgreSQL enforces it."""

    machine: ClassVar[StateMachine]
    state: models.CharField[str, str]

    class Meta:
        abstract = True

    def move(
        self, to: str, *, expect: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """Move to ``to``, and `change` what is to change with it.

        Raises ``InvalidTransition`` for a move that does not exist.
        """
        old = str(self.state)
        if not self.machine.allows(old, to):
            is_there = _("Nothing was changed: this is “%(old)s” already.")
            no_way = _("This cannot go from “%(old)s” to “%(new)s”.")
            raise InvalidTransition(
                (is_there if old == to else no_way)
                % {"old": self._label(old), "new": self._label(to)}
            )
        self.change(expect=expect, state=to, **changes)

    def change(self, *, expect: dict[str, Any] | None = None, **changes: Any) -> None:
        """Change columns in one guarded UPDATE, which also expects the present state.

        ``expect`` adds columns that must still hold the given values. Raises
        ``LostRace`` if the row is no longer as it was read, ``IntegrityError`` if a
        guard refuses.
        """
        manager: models.Manager[Any] = type(self)._default_manager
        rows = manager.filter(pk=self.pk, state=self.state, **expect or {})
        if rows.update(**changes) != 1:
            raise LostRace(MOVED_ON)
        self.apply_changes(changes)

    def apply_changes(self, changes: dict[str, Any]) -> None:
        """Set the written values; expressions are read from the row when needed."""
        for name, value in changes.items():
            if hasattr(value, "resolve_expression"):
                self.__dict__.pop(name, None)
            else:
                setattr(self, name, value)

    def require(self, *states: str) -> None:
        """Raise ``InvalidTransition`` unless the row is in one of ``states``.

        For moves that the machine also allows as part of another action.
        """
        if self.state not in states:
            raise InvalidTransition(
                _("This cannot be done while it is “%(state)s”.")
                % {"state": self._label(str(self.state))}
            )

    def _label(self, state: str) -> str:
        return str(self.machine.states(state).label)  # type: ignore[attr-defined]


def move_each(rows: Iterable[Stateful], to: str, **changes: Any) -> int:
    """Move the rows that no other transaction moves first; returns how many."""
    moved = 0
    for row in rows:
        with suppress(LostRace):
            row.move(to, **changes)
            moved += 1
    return moved


class AuditEntry(ConstrainedModel):
    """One change of one row, written by a trigger; never changed or removed.

    ``changes`` maps each changed column to its old and new value. ``actor``
    is a user's id without a foreign key, because the record outlives the account.
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
        constraints = [*datetimes("at"), *numbers(1, MOST_ROWS, "row_id", "actor")]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"


# PostgreSQL and Python read it alike; PostgreSQL stores no NUL.
NOT_IN_A_HEADER = r"[\u0001-\u001f\u007f-\u009f\u2028\u2029]"


# Exactly one address, as accounts have them.
ADDRESS = r'^([-!-+.-:=?A-~]+|"[!-~]+")@[-!-+.-:=?A-~]+$'


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> Self:
        """Not sent and not given up, oldest first; without those for later."""
        rows = self.filter(sent_at=None, attempts__lt=Mail.ATTEMPTS)
        is_due = Q(not_before=None) | Q(not_before__lte=DatabaseNow())
        return rows.filter(is_due).order_by("pk")

    def recallable(self, about: int) -> Self:
        """Those about a row that are not to be sent yet."""
        rows = self.filter(about=about, sent_at=None)
        return rows.filter(not_before__gt=DatabaseNow())


class Mail(ConstrainedModel):
    """A mail, stored in the transaction of the change it reports.

    ``about`` is the primary key of the entry that the mail is about, if it is about
    one. A mail with a ``template`` is rendered from that row when it is sent; see
    `mycenas.core.queue.mail.render_on_send`. One with
    ``not_before`` can be recalled until then; see `mycenas.core.queue.mail.recall`.
    """

    ATTEMPTS: ClassVar[int] = 8

    to = models.EmailField()
    # Where answers go; without it to the sender.
    reply_to = models.EmailField(blank=True, db_default="", editable=False)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    template = models.CharField(max_length=100, db_default="", editable=False)
    about = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    not_before = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mail")
        indexes = [
            models.Index("id", name="mail_waiting", condition=Q(sent_at=None)),
            models.Index(
                "about",
                name="mail_recallable",
                condition=Q(not_before__isnull=False, sent_at=None),
            ),
        ]
        constraints = [
            *datetimes("created_at", "not_before", "sent_at"),
            *numbers(0, MOST_TRIES, "attempts"),
            *numbers(1, MOST_ROWS, "about"),
            # A header is one line; a mail with another would never be sent.
            models.CheckConstraint(
                name="mail_headers_in_one_line",
                condition=~Q(to__regex=NOT_IN_A_HEADER)
                & ~Q(subject__regex=NOT_IN_A_HEADER)
                & ~Q(reply_to__regex=NOT_IN_A_HEADER),
            ),
            models.CheckConstraint(
                name="mail_has_one_address",
                condition=Q(to__regex=ADDRESS)
                & (Q(reply_to="") | Q(reply_to__regex=ADDRESS)),
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class ReceiptKey(ConstrainedModel):
    """A key that signs, or a retired one that still verifies what it signed.

    ``public`` is the public JWK. ``private`` is the same key with its secret, encrypted
    as a JWE; ``mycenas.core.signing`` decrypts it.
    """

    kid = models.CharField(max_length=43, unique=True)
    public = models.JSONField()
    private = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        # The table was made by the app of submissions.
        db_table = "submissions_receiptkey"
        ordering = ("pk",)
        verbose_name = _("receipt key")
        verbose_name_plural = _("receipt keys")
        constraints = [
            models.UniqueConstraint(
                fields=["retired_at"],
                name="receipt_key_signs_alone",
                condition=Q(retired_at=None),
                nulls_distinct=False,
            ),
            *datetimes("created_at", "retired_at"),
        ]

    def __str__(self) -> str:
        return self.kid
