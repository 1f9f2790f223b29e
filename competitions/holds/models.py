"""What holds a competition back from announcing its winners."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.core.db.bounds import datetimes
from mycenas.core.models import ConstrainedModel


class Hold(ConstrainedModel):
    """While it stands, the winners of the competition cannot be announced.

    Triggers of upper apps place and remove it: ``name`` is the kind and the key of the
    row that holds, as ``judging.round/7``.
    """

    competition = models.ForeignKey(
        Competition, models.PROTECT, related_name="holds", editable=False
    )
    name = models.CharField(max_length=80, unique=True, editable=False)
    placed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "competitions_hold"
        ordering = ("pk",)
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(name="hold_named", condition=~Q(name="")),
            *datetimes("placed_at"),
        ]

    def __str__(self) -> str:
        return self.name
