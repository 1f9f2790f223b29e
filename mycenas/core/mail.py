"""Mail is a row first: written with the act it tells of, sent afterwards."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse

from mycenas.core.clock import DatabaseNow
from mycenas.core.models import Mail
from mycenas.core.wake import wake_after_commit

logger = logging.getLogger(__name__)


def absolute(view: str, *args: Any) -> str:
    """The full address of a page of this site, for mails."""
    return settings.BASE_URL.rstrip("/") + reverse(view, args=args)


def write_mail(to: str, template: str, context: dict[str, Any]) -> Mail:
    """Store the mail ``emails/<template>``; it leaves after the commit."""
    subject = render_to_string(f"emails/{template}.subject.txt", context)
    mail = Mail.objects.create(
        to=to,
        subject=" ".join(subject.split())[:200],
        body=render_to_string(f"emails/{template}.txt", context),
    )
    wake_after_commit("core.send_mail")
    return mail


def send_waiting() -> int:
    """Send what waits; returns how many went out. Failures are tried again."""
    sent = 0
    for pk in list(Mail.objects.waiting().values_list("pk", flat=True)[:100]):
        sent += send_one(pk)
    return sent


def send_one(pk: int) -> bool:
    """Send one message, at most one sender at a time."""
    with transaction.atomic():
        rows = Mail.objects.waiting().filter(pk=pk)
        mail = rows.select_for_update(skip_locked=True).first()
        if mail is None:
            return False
        try:
            send_mail(mail.subject, mail.body, None, [mail.to])
        except (OSError, SMTPException) as error:
            logger.warning("Mail %s was not sent: %s", mail.pk, error)
            Mail.objects.filter(pk=mail.pk).update(attempts=F("attempts") + 1)
            return False
        Mail.objects.filter(pk=mail.pk).update(sent_at=DatabaseNow())
    return True
