"""Keys that sign receipts and other documents of the site."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import moments
from mycenas.core.db.models import ConstrainedModel


class ReceiptKey(ConstrainedModel):
    """A key that signs, or a retired one that still verifies what it signed.

    ``public`` is the public JWK. ``private`` is the same key with its secret, encrypted
    as a JWE; ``mycenas.core.signing.keys`` decrypts it.
    """

    kid = models.CharField(max_length=43, unique=True)
    public = models.JSONField()
    private = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        # The table was made by the app of submissions.
        db_table = "submissions_receiptkey"
        ordering = ("pk",)
        verbose_name = _("receipt key")
        verbose_name_plural = _("receipt keys")
        constraints = [
            models.UniqueConstraint(
                fields=["retired_at"],
                name="receipt_key_signs_alone",
                condition=Q(retired_at=None),
                nulls_distinct=False,
            ),
            *moments("created_at", "retired_at"),
        ]

    def __str__(self) -> str:
        return self.kid
