"""The mail outbox: a mail is stored in the transaction it is about and sent later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from mycenas.core.db.database import DatabaseNow
from mycenas.core.models import Mail
from mycenas.core.queue.publisher import enqueue_on_commit
from mycenas.core.text import CONTROLS

logger = logging.getLogger(__name__)

# Mails that one task sends.
SENT_AT_ONCE = 100
# Mails that one statement stores.
CREATED_AT_ONCE = 1000

# Returns the context of a template for the row with this primary key.
Facts = Callable[[int], Mapping[str, Any]]
_facts: dict[str, Facts] = {}
Outdated = Callable[[Mail], bool]
_outdated: list[Outdated] = []


def absolute(view: str, *args: Any) -> str:
    """The absolute URL of a page, for mails."""
    return settings.BASE_URL.rstrip("/") + reverse(view, args=args)


def write_mail(
    to: str,
    template: str,
    context: Mapping[str, Any],
    *,
    about: int | None = None,
    not_before: datetime | None = None,
) -> Mail:
    """Store the mail ``emails/<template>``; it is sent after the commit.

    With ``not_before`` it is sent by the first sweep after that moment; until then
    `recall` takes it back by the row that it is ``about``.
    """
    words = worded(template, context)
    return write_worded(to, *words, about=about, not_before=not_before)


def write_worded(
    to: str,
    subject: str,
    body: str,
    *,
    reply_to: str = "",
    about: int | None = None,
    not_before: datetime | None = None,
) -> Mail:
    """Store a mail with a finished text; otherwise as `write_mail`.

    ``about`` also lets the outbox hide the recipient, see `mycenas.staff.outbox`.
    """
    mail = Mail.objects.create(
        to=to,
        reply_to=reply_to,
        subject=one_line(subject),
        body=body,
        about=about,
        not_before=not_before,
    )
    if not_before is None:
        enqueue_on_commit("core.send_mail")
    return mail


def write_many(mails: Sequence[tuple[str, str, str]]) -> None:
    """Store mails, each a recipient, a subject and a body, as `write_worded` does.

    The statements, and the messages to workers, are not one for each mail.
    """
    _create(
        [
            Mail(to=to, subject=one_line(subject), body=body)
            for to, subject, body in mails
        ]
    )


def write_many_later(template: str, rows: Iterable[tuple[str, int]]) -> None:
    """Store a mail for each recipient and row it is about, rendered when it is sent.

    ``template`` is one of `render_on_send`.
    """
    _create([Mail(to=to, template=template, about=about) for to, about in rows])


def _create(mails: Sequence[Mail]) -> None:
    Mail.objects.bulk_create(mails, batch_size=CREATED_AT_ONCE)
    for _batch in range(0, len(mails), SENT_AT_ONCE):
        enqueue_on_commit("core.send_mail")


def recall(about: int) -> int:
    """Delete the mails about this row that wait for their time; returns how many.

    A mail that a sender has locked stays. Only inside a transaction.
    """
    return delete_unlocked(Mail.objects.recallable(about))


def delete_unlocked(rows: QuerySet[Mail]) -> int:
    """Delete mails that no sender has locked; returns how many."""
    keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return Mail.objects.filter(pk__in=keys).delete()[0]


def drop_outdated(check: Outdated) -> None:
    """Register what says that a mail which was written for later is not true now."""
    _outdated.append(check)


def render_on_send(template: str, facts: Facts) -> None:
    """Register a template whose mails are stored as a row's key and rendered later.

    ``reply_to`` among the facts is the address that answers go to.
    """
    _facts[template] = facts


def worded(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """The subject and the body of the mail ``emails/<template>``."""
    subject = render_to_string(f"emails/{template}.subject.txt", dict(context))
    body = render_to_string(f"emails/{template}.txt", dict(context))
    return one_line(subject), body


def one_line(subject: str) -> str:
    """A subject as a header takes it: without line ends and control characters."""
    return " ".join(CONTROLS.sub(" ", subject).split())[:200]


def _render(mail: Mail) -> None:
    """Render a mail that was stored without text."""
    if mail.template:
        facts = _facts[mail.template](mail.about or 0)
        mail.subject, mail.body = worded(mail.template, facts)
        mail.reply_to = str(facts.get("reply_to", ""))
        mail.template = ""
        mail.save(update_fields=["subject", "body", "reply_to", "template"])


def send_waiting() -> int:
    """Send waiting mails and return their number. A failed one is tried again.

    It waits behind those that failed less often.
    """
    waiting = Mail.objects.waiting().order_by("attempts", "pk")
    keys = list(waiting.values_list("pk", flat=True)[:SENT_AT_ONCE])
    return sum(send_one(pk) for pk in keys)


def _message(mail: Mail) -> EmailMessage:
    answers = [mail.reply_to] if mail.reply_to else None
    return EmailMessage(mail.subject, mail.body, to=[mail.to], reply_to=answers)


def send_one(pk: int) -> bool:
    """Send one mail, or delete an outdated one; other senders skip it meanwhile."""
    with transaction.atomic():
        rows = Mail.objects.waiting().filter(pk=pk)
        mail = rows.select_for_update(skip_locked=True).first()
        if mail is None:
            return False
        try:
            with transaction.atomic():
                is_gone = _dropped(mail)
                if not is_gone:
                    _render(mail)
            if is_gone:
                return False
            _message(mail).send()
        # Whatever is wrong with one mail, those behind it are sent.
        except Exception as error:
            is_known = isinstance(error, OSError | SMTPException)
            trace = None if is_known else error
            logger.warning("Mail %s was not sent: %s", pk, error, exc_info=trace)
            Mail.objects.filter(pk=pk).update(attempts=F("attempts") + 1)
            return False
        Mail.objects.filter(pk=pk).update(sent_at=DatabaseNow())
    return True


def _dropped(mail: Mail) -> bool:
    """Delete a mail that was written for later and is not true now."""
    is_outdated = mail.not_before and any(check(mail) for check in _outdated)
    if is_outdated:
        mail.delete()
    return bool(is_outdated)
