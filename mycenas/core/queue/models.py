"""The mail outbox as rows."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import MOST_ROWS, MOST_TRIES, moments, numbers
from mycenas.core.db.models import ConstrainedModel


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> Self:
        """Not sent and not given up, oldest first."""
        return self.filter(sent_at=None, attempts__lt=Mail.ATTEMPTS).order_by("pk")


class Mail(ConstrainedModel):
    """A mail, stored in the transaction of the change it reports.

    A mail with a ``template`` is rendered when it is sent, from the row whose primary
    key is ``about``; see `mycenas.core.queue.mail.render_on_send`.
    """

    ATTEMPTS: ClassVar[int] = 8

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    template = models.CharField(max_length=100, db_default="", editable=False)
    about = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mail")
        indexes = [
            models.Index("id", name="mail_waiting", condition=models.Q(sent_at=None))
        ]
        constraints = [
            *moments("created_at", "sent_at"),
            *numbers(0, MOST_TRIES, "attempts"),
            *numbers(1, MOST_ROWS, "about"),
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"
