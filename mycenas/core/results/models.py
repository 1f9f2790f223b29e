"""Sealed results, which are only ever inserted."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.approvals.models import Approval
from mycenas.core.canonical import read_canonical
from mycenas.core.db.bounds import MOST_ROWS, MOST_TRIES, datetimes, numbers
from mycenas.core.digests import sha256_of
from mycenas.core.models import ConstrainedModel

DIGEST = 64


class ResultQuerySet(models.QuerySet["Result"]):
    def of(self, kind: str, subject: int) -> Self:
        return self.filter(kind=kind, subject_id=subject)

    def standing(self) -> Self:
        """Those that no other result supersedes."""
        return self.filter(superseded_by=None)


class Result(ConstrainedModel):
    """What was counted of one row, and the ranking that came out.

    ``kind`` is a name of `mycenas.core.results.kinds`; ``subject_table`` and
    ``subject_id`` name the row. ``inputs`` and ``ranking`` are documents of
    `mycenas.core.canonical`, byte for byte as they are published.
    """

    kind = models.CharField(max_length=40, editable=False)
    subject_table = models.CharField(max_length=63, editable=False)
    subject_id = models.BigIntegerField(editable=False)
    method = models.CharField(_("method"), max_length=60, editable=False)
    version = models.PositiveSmallIntegerField(_("version"), editable=False)
    parameters = models.JSONField(_("parameters"), editable=False)
    inputs = models.BinaryField(editable=False)
    inputs_sha256 = models.CharField(
        _("SHA-256 of the inputs"), max_length=DIGEST, editable=False
    )
    ranking = models.BinaryField(editable=False)
    ranking_sha256 = models.CharField(
        _("SHA-256 of the ranking"), max_length=DIGEST, editable=False
    )
    computed_at = models.DateTimeField(_("computed"), db_default=Now(), editable=False)
    supersedes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="superseded_by",
        verbose_name=_("supersedes"),
        editable=False,
    )
    approval = models.ForeignKey(
        Approval,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("approval"),
        editable=False,
    )

    objects = ResultQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [
            models.CheckConstraint(
                name="result_inputs_have_digest",
                condition=Q(inputs_sha256=sha256_of("inputs")),
            ),
            models.CheckConstraint(
                name="result_ranking_has_digest",
                condition=Q(ranking_sha256=sha256_of("ranking")),
            ),
            models.CheckConstraint(
                name="result_superseding_approved",
                condition=Q(supersedes=None, approval=None)
                | Q(supersedes__isnull=False, approval__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_table", "subject_id"],
                condition=Q(supersedes=None),
                name="result_sealed_once",
            ),
            models.UniqueConstraint(
                fields=["supersedes"], name="result_superseded_once"
            ),
            models.UniqueConstraint(
                fields=["approval"], name="result_once_per_approval"
            ),
            *datetimes("computed_at"),
            *numbers(1, MOST_ROWS, "subject_id"),
            *numbers(1, MOST_TRIES, "version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}, {self.ranking_sha256[:12]}"

    @property
    def document(self) -> dict[str, Any]:
        """The ranking with its details."""
        found: dict[str, Any] = read_canonical(bytes(self.ranking))
        return found
