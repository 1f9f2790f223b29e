"""Mail is a row first: stored with the act it tells of, sent afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
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

# Gives what a template needs to know of the row with this key.
Facts = Callable[[int], Mapping[str, Any]]
_facts: dict[str, Facts] = {}


def absolute(view: str, *args: Any) -> str:
    """The full address of a page of this site, for mails."""
    return settings.BASE_URL.rstrip("/") + reverse(view, args=args)


def write_mail(to: str, template: str, context: Mapping[str, Any]) -> Mail:
    """Store the mail ``emails/<template>``; it leaves after the commit."""
    return write_worded(to, *_words(template, context))


def write_worded(to: str, subject: str, body: str) -> Mail:
    """Store a mail that has its words already; it leaves after the commit."""
    mail = Mail.objects.create(to=to, subject=subject[:200], body=body)
    wake_after_commit("core.send_mail")
    return mail


def worded_late(template: str, facts: Facts) -> None:
    """Let mails of this template be stored without words, ``about`` a row alone."""
    _facts[template] = facts


def _words(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body."""
    subject = render_to_string(f"emails/{template}.subject.txt", dict(context))
    body = render_to_string(f"emails/{template}.txt", dict(context))
    return " ".join(subject.split())[:200], body


def _find_words(mail: Mail) -> None:
    """Give a mail that was stored without words its own."""
    if mail.template:
        facts = _facts[mail.template](mail.about or 0)
        mail.subject, mail.body = _words(mail.template, facts)
        mail.template = ""
        mail.save(update_fields=["subject", "body", "template"])


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
        _find_words(mail)
        try:
            send_mail(mail.subject, mail.body, None, [mail.to])
        except (OSError, SMTPException) as error:
            logger.warning("Mail %s was not sent: %s", mail.pk, error)
            Mail.objects.filter(pk=mail.pk).update(attempts=F("attempts") + 1)
            return False
        Mail.objects.filter(pk=mail.pk).update(sent_at=DatabaseNow())
    return True
