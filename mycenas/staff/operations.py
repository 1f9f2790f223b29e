"""Cards on the site itself, for its administrators: mail, work and room for files."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from mycenas.core import health
from mycenas.core.models import Mail
from mycenas.core.templatetags.ui import age
from mycenas.staff.dashboard import Card, count, in_words, list_address, rows_of
from mycenas.staff.outbox import SENDING
from mycenas.storage import StorageFailed, store

GIGABYTE = 1024**3


def mail_cards(request: HttpRequest) -> list[Card]:
    rows = rows_of(request, Mail)
    if rows is None:
        return []
    waiting, failed = (count(SENDING[which](rows)) for which in ("waiting", "failed"))
    return [
        Card(
            in_words(failed),
            ngettext("mail given up", "mails given up", failed),
            list_address(Mail, sending="failed"),
            _("after %(count)d attempts") % {"count": Mail.ATTEMPTS},
            waits=failed > 0,
        ),
        Card(
            in_words(waiting),
            ngettext("mail waits", "mails wait", waiting),
            list_address(Mail, sending="waiting"),
        ),
    ]


def site_cards(request: HttpRequest) -> list[Card]:
    """Whether work gets done and files have room; for superusers."""
    if not request.user.is_superuser:
        return []
    return [*_work_cards(), *_room_cards()]


def _work_cards() -> list[Card]:
    done = health.work()
    last = done.last_canary_seconds
    oldest = done.oldest_unfinished_seconds
    waiting = (
        Card(gettext("no"), _("entry waits for its check"))
        if oldest is None
        else Card(
            age(timedelta(seconds=oldest)), _("the oldest entry waits for its check")
        )
    )
    return [
        Card(
            gettext("never") if last is None else _ago(last),
            _("a test picture was finished"),
            detail=" ".join(done.problems),
            waits=bool(done.problems),
        ),
        waiting,
    ]


def _ago(seconds: int) -> str:
    return gettext("%(time)s ago") % {"time": age(timedelta(seconds=seconds))}


def _room_cards() -> list[Card]:
    problems = health.capacity_problems()
    try:
        free = store().free_bytes() - settings.STORAGE_RESERVE
    except StorageFailed:
        size = gettext("unknown")
    else:
        size = gettext("%(size).1f GB") % {"size": max(0, free) / GIGABYTE}
    detail = " ".join(problems)
    return [Card(size, _("room for files"), detail=detail, waits=bool(problems))]
