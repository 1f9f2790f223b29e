"""What belongs to a round: criteria, jurors and entries."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import datetimes, numbers
from mycenas.core.fields import Line, Prose
from mycenas.core.models import ConstrainedModel
from submissions.judging.models.round import LAST_POSITION, MOST_POINTS, Round
from submissions.models import Submission

MOST_WEIGHT = 1000


class Criterion(ConstrainedModel):
    """What jurors give points for, from ``low`` to ``high`` in steps of ``step``."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="criteria")
    name = Line(_("name"), max_length=80)
    description = Prose(_("description"), max_length=1000, blank=True)
    weight = models.DecimalField(
        _("weight"), max_digits=7, decimal_places=3, default=Decimal(1)
    )
    low = models.DecimalField(
        _("least points"), max_digits=7, decimal_places=3, default=Decimal(1)
    )
    high = models.DecimalField(
        _("most points"), max_digits=7, decimal_places=3, default=Decimal(10)
    )
    step = models.DecimalField(
        _("step"), max_digits=7, decimal_places=3, default=Decimal(1)
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.CheckConstraint(name="criterion_named", condition=~Q(name="")),
            models.UniqueConstraint(
                fields=["round", "name"], name="criterion_name_once"
            ),
            models.CheckConstraint(
                name="criterion_weighs",
                condition=Q(weight__gt=0),
            ),
            models.CheckConstraint(
                name="criterion_scale",
                condition=Q(
                    high__gt=F("low"),
                    step__gt=0,
                    step__lte=F("high") - F("low"),
                ),
            ),
            *numbers(1, LAST_POSITION, "position"),
            *numbers(0, MOST_WEIGHT, "weight"),
            *numbers(-MOST_POINTS, MOST_POINTS, "low", "high"),
            *numbers(0, 2 * MOST_POINTS, "step"),
        ]

    def __str__(self) -> str:
        return self.name


class Juror(ConstrainedModel):
    """A person on the jury of one round.

    One who is absent keeps the scores that were given, and gets no further entries.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="jurors")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="jury_seats",
        verbose_name=_("person"),
    )
    # Published instead of the name, beside the order of the juror's entries.
    tag = models.UUIDField(db_default=RandomUUID(), editable=False)
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    accepted_at = models.DateTimeField(_("rules accepted"), null=True, editable=False)
    absent_since = models.DateTimeField(_("absent since"), null=True, editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("juror")
        verbose_name_plural = _("jurors")
        constraints = [
            models.UniqueConstraint(fields=["round", "user"], name="juror_once"),
            models.UniqueConstraint(fields=["tag"], name="juror_tag_once"),
            *datetimes("added_at", "accepted_at", "absent_since"),
        ]

    def __str__(self) -> str:
        return str(self.user)


class Candidate(ConstrainedModel):
    """An entry that a round judges."""

    round = models.ForeignKey(
        Round, models.CASCADE, related_name="candidates", editable=False
    )
    submission = models.ForeignKey(
        Submission,
        models.PROTECT,
        related_name="candidacies",
        verbose_name=_("entry"),
        editable=False,
    )

    class Meta:
        ordering = ("pk",)
        verbose_name = _("entry of a round")
        verbose_name_plural = _("entries of a round")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "submission"], name="candidate_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.submission)
