"""How many exports people ask for: each takes a worker's time and disk space.

They are counted in PostgreSQL, as invitations are. The person's row is locked: two
requests count one by one.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.http.errors import ProblemError
from mycenas.core.templatetags.ui import age
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.states import ExportState

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# A file is kept for so long, by PostgreSQL.
KEPT = timedelta(days=7)
# Of one person.
MOST_UNFINISHED = 5
MOST_A_DAY = 100
# Of one person and the same files: an archive is as large as all of these.
MOST_ARCHIVES = 3

WAITING = _(
    "At most %(most)d exports of one person wait or are written at a time, and you "
    "have %(found)d. Ask again when one of them is finished."
)
ASKED = _(
    "One person asks for at most %(most)d exports in 24 hours, and you asked for "
    "%(found)d. Try again in %(wait)s."
)
ARCHIVES = _(
    "At most %(most)d archives of the same files are kept for one person, and you have "
    "%(found)d. Download one of them, or try again in %(wait)s."
)


class TooManyExports(ProblemError):
    """The sentence says the limit, how many there are, and when there is room again."""

    status = 429
    code = "too_many_exports"

    def __init__(
        self, sentence: Promise, most: int, found: int, left: timedelta
    ) -> None:
        wait = max(1, ceil(left / MINUTE)) * MINUTE
        self.retry_after = int(wait.total_seconds())
        super().__init__(
            str(sentence) % {"most": most, "found": found, "wait": age(wait)}
        )


def lock_exports_of(person: User) -> None:
    """Let the person's requests wait for each other; only in a transaction."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def require_may_export(facts: dict[str, Any]) -> None:
    """Raise ``TooManyExports`` if its person has asked for too many; after the lock.

    ``facts`` are the first columns of the wanted export.
    """
    mine = Export.objects.filter(requested_by=facts["requested_by_id"])
    now = database.now()
    unfinished = mine.filter(state__in=(ExportState.QUEUED, ExportState.RUNNING))
    if (found := unfinished.count()) >= MOST_UNFINISHED:
        raise TooManyExports(WAITING, MOST_UNFINISHED, found, MINUTE)
    asked = mine.filter(created_at__gt=now - DAY).order_by("-pk")
    newest = list(asked.values_list("created_at", flat=True)[:MOST_A_DAY])
    if (found := len(newest)) == MOST_A_DAY:
        raise TooManyExports(ASKED, MOST_A_DAY, found, newest[-1] + DAY - now)
    if facts["format"] == Export.Format.ZIP:
        of = {name: facts[name] for name in ("kind", "scope", "scope_id")}
        taking = (ExportState.QUEUED, ExportState.RUNNING, ExportState.DONE)
        kept = mine.filter(state__in=taking, **of).order_by("pk")
        ends = list(kept.values_list("expires_at", flat=True))
        if (found := len(ends)) >= MOST_ARCHIVES:
            left = (ends[0] or now + KEPT) - now
            raise TooManyExports(ARCHIVES, MOST_ARCHIVES, found, left)
