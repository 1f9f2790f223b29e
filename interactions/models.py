"""What people do with entries: views and likes, one row each."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db.bounds import MOST_COUNTED, dates, datetimes, numbers
from mycenas.core.models import ConstrainedModel
from submissions.models import Submission


class View(ConstrainedModel):
    """One visitor's view of one entry on one day.

    ``visitor`` is a keyed digest that changes daily: it counts people without
    following them. ``repeats`` are further views on the same day.
    """

    submission = models.ForeignKey(
        Submission, models.CASCADE, related_name="view_records"
    )
    visitor = models.CharField(max_length=32)
    viewed_on = models.DateField()
    viewed_at = models.DateTimeField(db_default=Now())
    repeats = models.PositiveIntegerField(db_default=0)

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "viewed_on", "visitor"],
                name="view_once_per_visitor_and_day",
            ),
            *dates("viewed_on"),
            *datetimes("viewed_at"),
            *numbers(0, MOST_COUNTED, "repeats"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.viewed_on}"


class Like(ConstrainedModel):
    """One person likes one entry."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="likes")
    user = models.ForeignKey(User, models.CASCADE, related_name="likes")
    liked_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("like")
        verbose_name_plural = _("likes")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "user"], name="like_once_per_person"
            ),
            *datetimes("liked_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.submission}"
