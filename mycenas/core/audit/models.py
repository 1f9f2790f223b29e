"""The journal."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import MOST_ROWS, moments, numbers
from mycenas.core.db.models import ConstrainedModel


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
        constraints = [*moments("at"), *numbers(1, MOST_ROWS, "row_id", "actor")]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"
