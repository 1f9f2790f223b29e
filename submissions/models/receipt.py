"""The signed receipt of an entry."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import moments
from mycenas.core.models import ConstrainedModel
from submissions.models.entry import Submission


class Receipt(ConstrainedModel):
    """What was signed for an entry: stored once, never changed or deleted.

    ``text`` is the compact JWS, ``kid`` the key that it names.
    """

    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="receipt", editable=False
    )
    kid = models.CharField(max_length=43, editable=False)
    text = models.TextField(editable=False)
    signed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("signed receipt")
        verbose_name_plural = _("signed receipts")
        constraints = moments("signed_at")

    def __str__(self) -> str:
        return self.submission.public_id
