"""Exports: who asked for which rows, and what the file holds."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db.bounds import (
    MOST_BYTES,
    MOST_COUNTED,
    MOST_ROWS,
    MOST_TRIES,
    datetimes,
    numbers,
)
from mycenas.core.models import STATE_WIDTH, ConstrainedModel, Stateful
from mycenas.core.states.machine import StateMachine
from mycenas.staff.exports.states import EXPORT, ExportState

SHA256 = RegexValidator(r"^[0-9a-f]{64}\Z", _("A SHA-256 is 64 hexadecimal digits."))
# 192 random bits name a file.
new_key = partial(secrets.token_urlsafe, 24)
LONGEST_KEY = 32

_NOTHING = dict.fromkeys(("sha256", "size", "row_count", "finished_at", "expires_at"))
_ALL = {f"{name}__isnull": False for name in _NOTHING}
_TIED = (
    Q(state=ExportState.QUEUED, started_at=None, lease_until=None, problem="")
    & Q(**_NOTHING)
    | Q(state=ExportState.RUNNING, problem="")
    & Q(started_at__isnull=False, lease_until__isnull=False)
    & Q(**_NOTHING)
    | Q(state__in=(ExportState.DONE, ExportState.EXPIRED), lease_until=None, problem="")
    & Q(started_at__isnull=False)
    & Q(**_ALL)
    | Q(state=ExportState.FAILED, lease_until=None, expires_at=None, sha256=None)
    & Q(size=None, row_count=None)
    & Q(started_at__isnull=False, finished_at__isnull=False)
    & ~Q(problem="")
)


class Export(Stateful):
    """One file of rows, asked for by one person.

    ``scope`` is the field of the scope (`mycenas.accounts.scopes`) whose row is
    ``scope_id``, or '' for the whole site. ``columns`` are the names of the file's
    columns: they depend on the role of the person. ``written`` counts rows while the
    file is written; ``row_count``, ``size`` and ``sha256`` are those of the whole file.
    PostgreSQL sets the times.
    """

    machine: ClassVar[StateMachine] = EXPORT

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        ZIP = "zip", "ZIP"

    requested_by = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("requested by"),
    )
    kind = models.CharField(_("rows"), max_length=32, editable=False)
    format = models.CharField(_("format"), max_length=8, choices=Format, editable=False)
    scope = models.CharField(max_length=32, blank=True, editable=False)
    scope_id = models.BigIntegerField(null=True, editable=False)
    scope_name = models.CharField(_("of"), max_length=240, editable=False)
    filters: models.JSONField[Any, Any] = models.JSONField(default=dict, editable=False)
    key = models.CharField(
        max_length=LONGEST_KEY, unique=True, default=new_key, editable=False
    )

    state = models.CharField(
        _("state"),
        max_length=STATE_WIDTH,
        choices=ExportState,
        default=ExportState.QUEUED,
        editable=False,
    )
    attempt = models.PositiveSmallIntegerField(db_default=0, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    total = models.BigIntegerField(null=True, editable=False)
    written = models.BigIntegerField(db_default=0, editable=False)

    columns: models.JSONField[Any, Any] = models.JSONField(default=list, editable=False)
    row_count = models.BigIntegerField(_("row count"), null=True, editable=False)
    size = models.BigIntegerField(_("size in bytes"), null=True, editable=False)
    sha256 = models.CharField(  # noqa: DJ001  unset until known
        "SHA-256", max_length=64, null=True, editable=False, validators=[SHA256]
    )
    problem = models.CharField(_("problem"), max_length=400, blank=True, editable=False)
    created_at = models.DateTimeField(_("requested"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    expires_at = models.DateTimeField(_("available until"), null=True, editable=False)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["scope", "scope_id", "id"], name="export_of_scope"),
            models.Index(fields=["requested_by", "id"], name="export_of_person"),
            models.Index(
                fields=["state", "id"],
                name="export_in_work",
                condition=~Q(state__in=(ExportState.FAILED, ExportState.EXPIRED)),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="export_known_state", condition=Q(state__in=ExportState.values)
            ),
            models.CheckConstraint(
                name="export_of_a_scope",
                condition=Q(scope="", scope_id=None)
                | ~Q(scope="") & Q(scope_id__isnull=False),
            ),
            models.CheckConstraint(
                name="export_sha256_is_hex",
                condition=Q(sha256=None) | Q(sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(name="export_facts_tied", condition=_TIED),
            *datetimes(
                "lease_until", "created_at", "started_at", "finished_at", "expires_at"
            ),
            *numbers(0, MOST_TRIES, "attempt"),
            *numbers(1, MOST_ROWS, "scope_id"),
            *numbers(0, MOST_ROWS, "total", "written", "row_count"),
            *numbers(0, MOST_BYTES, "size"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.scope_name}"

    @property
    def files(self) -> list[str]:
        """The names of the files of all attempts in the storage, the newest last."""
        attempts = range(1, self.attempt + 1)
        return [f"{self.key}-{attempt}.{self.format}" for attempt in attempts]

    @property
    def file(self) -> str:
        """The name of the newest attempt's file."""
        return self.files[-1]

    @property
    def is_archive(self) -> bool:
        """Whether it has files instead of rows."""
        return self.format == self.Format.ZIP

    @property
    def is_moving(self) -> bool:
        """Whether it changes without a person."""
        return self.state in (ExportState.QUEUED, ExportState.RUNNING)


class ExportNumber(ConstrainedModel):
    """Which number stands for which row in a pack; drawn once and never changed."""

    export = models.ForeignKey(
        Export, models.PROTECT, related_name="numbers", editable=False
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    reference = models.CharField(_("reference"), max_length=64, editable=False)

    class Meta:
        ordering = ("export", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["export", "number"], name="export_number_once"
            ),
            models.UniqueConstraint(
                fields=["export", "reference"], name="export_reference_once"
            ),
            *numbers(1, MOST_COUNTED, "number"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.reference}"
