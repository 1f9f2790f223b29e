"""The prizes that entries won."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition, Prize
from mycenas.accounts.models import User
from mycenas.core.db.bounds import datetimes
from mycenas.core.fields import Prose
from mycenas.core.models import ConstrainedModel
from submissions.models.entry import Submission


class AwardQuerySet(models.QuerySet["Award"]):
    def standing(self) -> Self:
        """Given and not taken back."""
        return self.filter(taken_back_at=None)


class Award(ConstrainedModel):
    """A prize given to an entry; one that was taken back stays on record."""

    competition = models.ForeignKey(
        Competition, models.PROTECT, related_name="awards", editable=False
    )
    prize = models.ForeignKey(Prize, models.PROTECT, related_name="awards")
    submission = models.ForeignKey(
        Submission, models.PROTECT, related_name="awards", verbose_name=_("entry")
    )
    citation = Prose(
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
            ),
            *datetimes("awarded_at", "taken_back_at"),
        ]

    def __str__(self) -> str:
        return f"{self.prize}: {self.submission}"
