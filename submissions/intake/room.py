"""Whether the disk has room for one more ticket beside all that were promised.

A full disk is noticed before it is full: new tickets are refused early, so that the
files of those that were given still fit.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import BigIntegerField, Sum
from django.db.models.functions import Cast, Coalesce
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from competitions.models import MEBIBYTE, Competition
from mycenas.core.clock import DatabaseNow
from submissions.intake.errors import Waits
from submissions.intake.quotas import Quota
from submissions.models import Submission
from submissions.states import SubmissionState
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
    kept = settings.STORAGE_RESERVE + promised_bytes()
    left = max(0, files.free_bytes() - kept)
    if left < coming:
        raise StorageFull(left=left, coming=coming)


def promised_bytes() -> int:
    """What may still come for open tickets: as declared, else the most allowed."""
    # In an integer of PostgreSQL 2048 of them do not fit.
    megabytes = Cast("competition__max_megabytes", BigIntegerField())
    may_come = Coalesce("declared_size", "upload__length", megabytes * MEBIBYTE)
    open_tickets = Submission.objects.filter(
        state=SubmissionState.RESERVED, upload_until__gt=DatabaseNow()
    )
    left = may_come - Coalesce("upload__offset", 0)
    return int(open_tickets.aggregate(bytes=Sum(left))["bytes"] or 0)
