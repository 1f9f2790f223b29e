"""To whom the artists of blind competitions were shown."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.db.bounds import datetimes
from mycenas.core.fields import Prose
from mycenas.core.models import ConstrainedModel

LONGEST_REASON = 240


class Unblinding(ConstrainedModel):
    """From ``at`` on, ``user`` sees the artists of a blind competition."""

    competition = models.ForeignKey(
        Competition, models.PROTECT, related_name="unblindings", editable=False
    )
    user = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="+",
        verbose_name=_("person"),
        editable=False,
    )
    reason = Prose(_("reason"), max_length=LONGEST_REASON, editable=False)
    at = models.DateTimeField(_("artists shown"), db_default=Now(), editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("showing of artists")
        verbose_name_plural = _("showings of artists")
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "user"], name="unblinding_once"
            ),
            models.CheckConstraint(
                name="unblinding_has_reason", condition=~Q(reason="")
            ),
            *datetimes("at"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.competition}"
