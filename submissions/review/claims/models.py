"""Who decides on which entry right now."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db.bounds import datetimes
from mycenas.core.models import ConstrainedModel
from submissions.models import Submission


class Claim(ConstrainedModel):
    """A moderator's lease on one entry; PostgreSQL sets when it ends.

    Until then nobody else decides on the entry. An expired claim holds nothing, and
    the next moderator takes its row over.
    """

    submission = models.OneToOneField(
        Submission, models.CASCADE, primary_key=True, related_name="claim"
    )
    moderator = models.ForeignKey(User, models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = datetimes("expires_at")

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.moderator_id}"
