"""A made-up picture on its way through both phases, to see that they work."""

from __future__ import annotations

import re
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat, Left

from mycenas.core.db.bounds import MOST_COUNTED, datetimes, numbers
from mycenas.core.models import ConstrainedModel

# The digest, the kind and the number. The store adds digits if such a name is taken.
OWN_NAME = Concat(
    Value("^"),
    Left("sha256", 2),
    Value("/"),
    F("sha256"),
    Value("-canary-"),
    Cast("attempt", models.TextField()),
    Value("(-[0-9a-f]{8})?$"),
    output_field=models.TextField(),
)


class Canary(ConstrainedModel):
    """One row, used again and again: it is no entry, so nothing shows or counts it.

    ``attempt`` numbers the canaries and fences the commit of each; ``finished`` is the
    last that got through. The file is that of the present attempt.
    """

    ONLY: ClassVar[int] = 1

    attempt = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(null=True)
    original = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    finished = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="canary_is_alone", condition=Q(id=1)),
            models.CheckConstraint(
                name="canary_finishes_what_began",
                condition=Q(finished__lte=F("attempt")),
            ),
            # Its file is removed when it got through, so it is never an entry's.
            models.CheckConstraint(
                name="canary_has_a_file_of_its_own",
                condition=Q(original="", finished=F("attempt"))
                | Q(sha256__regex=r"^[0-9a-f]{64}$", original__regex=OWN_NAME),
            ),
            *datetimes("began_at", "finished_at"),
            *numbers(0, MOST_COUNTED, "attempt", "size", "finished"),
        ]

    def __str__(self) -> str:
        return f"{self.finished}/{self.attempt}"

    @property
    def has_own_name(self) -> bool:
        """Whether its file has the name of a canary, as the constraint says."""
        own = rf"{self.sha256[:2]}/{self.sha256}-canary-{self.attempt}(-[0-9a-f]{{8}})?"
        return re.fullmatch(own, self.original) is not None

    @property
    def is_on_its_way(self) -> bool:
        return self.finished < self.attempt
