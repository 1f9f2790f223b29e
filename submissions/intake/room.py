"""Whether the disk has room for one more ticket beside all that were promised.

A full disk is noticed before it is full: new tickets are refused early, so that the
files of those that were given still fit.
"""

from __future__ import annotations

import threading
import time

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from competitions.models import MEBIBYTE, Competition
from mycenas.core.statements import run
from submissions.intake.errors import Waits
from submissions.intake.quotas import Quota
from submissions.storage import Store

# Somebody has to make room, or files have to arrive that took less than was kept.
RETRY_SECONDS = 300


class StorageFull(Waits):
    """No room is left for another file; those with a ticket have theirs."""

    code = "storage_full"

    def __init__(self, *, left: int, coming: int) -> None:
        quota = Quota("storage", limit=left, remaining=left, seconds=RETRY_SECONDS)
        super().__init__(
            quota,
            _(
                "The site has no room for another file just now: %(coming)s may come "
                "and %(left)s are free. Entries that arrived before have their place. "
                "This one is not entered yet; send it again in %(minutes)d minutes, "
                "or tell the organizers."
            )
            % {
                "coming": filesizeformat(coming),
                "left": filesizeformat(left),
                "minutes": RETRY_SECONDS // 60,
            },
        )


def check_room(competition: Competition, size: int | None, files: Store) -> None:
    """Raise StorageFull if a file of ``size`` (or any size) might not fit."""
    coming = size or competition.max_bytes
    room = files.free_bytes() - settings.STORAGE_RESERVE
    if not _promises.take(coming, room):
        left = max(0, room - promised_bytes())
        raise StorageFull(left=left, coming=coming)


SQL = f"""
SELECT coalesce(sum(coalesce(ticket.declared_size, upload.length,
    contest.max_megabytes::bigint * {MEBIBYTE}) - coalesce(upload."offset", 0)), 0)
FROM submissions_submission AS ticket
  JOIN competitions_competition AS contest ON contest.id = ticket.competition_id
  LEFT JOIN submissions_upload AS upload ON upload.submission_id = ticket.id
WHERE ticket.state = 'reserved' AND ticket.upload_until > clock_timestamp()
"""  # noqa: S608  a constant of ours


def promised_bytes() -> int:
    """What may still come for open tickets: as declared, else the most allowed."""
    return int(run(SQL, [])[0][0])


class Promises:
    """What may still come, as far as this process knows; asked anew every second.

    In a rush there are as many open tickets as people who ask for one, so summing them
    each time would cost more the more they are. What other processes promise within a
    second is left to STORAGE_RESERVE. Nobody is refused by old knowledge.
    """

    KNOWN_SECONDS = 1.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = 0
        self._known_until = 0.0

    def take(self, coming: int, room: int) -> bool:
        """Promise ``coming`` more bytes if all of them fit into ``room``."""
        with self._lock:
            if not self._is_known or self._bytes + coming > room:
                self._bytes = promised_bytes()
                self._known_until = time.monotonic() + self.KNOWN_SECONDS
            if self._bytes + coming > room:
                return False
            self._bytes += coming
            return True

    @property
    def _is_known(self) -> bool:
        return time.monotonic() < self._known_until


_promises = Promises()
