"""Files without a row: a process died after it stored one and before its row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from mycenas.storage import Store, suffix_of
from submissions.models import Submission, Upload
from submissions.models.entry import PUBLIC_ID_LENGTH
from submissions.states import SubmissionState

# Far longer than a process takes from keeping a file to committing its row.
ORPHANS_KEPT = timedelta(days=2)
NAMES_AT_ONCE = 500


class Unnamed(NamedTuple):
    """An original without a row; ``waits`` while its reservation may reuse it."""

    original: str
    size: int
    waits: bool

    @property
    def facts(self) -> dict[str, Any]:
        return {"original": self.original, "size": self.size}


def unnamed(files: Store, older_than: timedelta) -> Iterator[Unnamed]:
    """Originals without a row, in the order of their names.

    A name begins with the digest and the public id of its entry. While that entry is
    *reserved*, the same form sent again takes the file over; in every other state
    nothing does, and no state leads back to *reserved*. So what does not wait can be
    removed at any later moment.
    """
    limit = time.time() - older_than.total_seconds()
    stored = files.originals()
    while batch := list(islice(stored, NAMES_AT_ONCE)):
        old = [one for one in batch if one.changed_at < limit]
        rows = Submission.objects.filter(original__in=[one.key for one in old])
        named = set(rows.values_list("original", flat=True))
        reserved = Submission.objects.filter(
            public_id__in=[_ticket_of(one.key) for one in old],
            state=SubmissionState.RESERVED,
        )
        waiting = set(reserved.values_list("public_id", flat=True))
        yield from (
            Unnamed(one.key, one.size, _ticket_of(one.key) in waiting)
            for one in old
            if one.key not in named
        )


def _ticket_of(name: str) -> str:
    return suffix_of(name)[:PUBLIC_ID_LENGTH]


def leftovers(
    files: Store, older_than: timedelta, *, remove: bool = False
) -> list[Path]:
    """Staged and partial files of uploads that ended without completing."""
    look = files.sweep_staging if remove else files.stale_staging
    parts = set(Upload.objects.going_on().values_list("part", flat=True))
    return look(older_than.total_seconds(), partial_files=parts)
