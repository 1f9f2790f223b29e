"""Files that no row names: left by a process that died before its row was written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

from submissions.models import Submission, Upload
from submissions.models.entry import PUBLIC_ID_LENGTH
from submissions.states import SubmissionState
from submissions.storage import Store, Stored, key_of

# Far longer than a process takes from keeping a file to committing its row.
ORPHANS_KEPT = timedelta(days=2)
NAMES_AT_ONCE = 500


def orphans(files: Store, older_than: timedelta) -> Iterator[Stored]:
    """Originals that no row names and no ticket can take over any more.

    A name begins with the digest and the public id of its ticket. While that ticket is
    *reserved*, the same form sent again takes the file over; in every other state
    nothing does, and no state leads back to *reserved*. So what is told here can be
    removed at any later moment.
    """
    limit = time.time() - older_than.total_seconds()
    stored = files.originals()
    while batch := list(islice(stored, NAMES_AT_ONCE)):
        old = [original for original in batch if original.changed_at < limit]
        named = _named_by_rows([original.place for original in old])
        waiting = _waiting([_ticket_of(original.place) for original in old])
        yield from (
            original
            for original in old
            if original.place not in named and _ticket_of(original.place) not in waiting
        )


def _ticket_of(name: str) -> str:
    return key_of(name)[:PUBLIC_ID_LENGTH]


def _named_by_rows(names: list[str]) -> set[str | None]:
    rows = Submission.objects.filter(original__in=names)
    return set(rows.values_list("original", flat=True))


def _waiting(public_ids: list[str]) -> set[str]:
    rows = Submission.objects.filter(
        public_id__in=public_ids, state=SubmissionState.RESERVED
    )
    return set(rows.values_list("public_id", flat=True))


def sweep_orphans(files: Store, older_than: timedelta) -> list[Stored]:
    """Remove them; what was removed."""
    found = list(orphans(files, older_than))
    for original in found:
        files.remove_original(original.place)
    return found


def leftovers(files: Store, older_than: timedelta) -> list[Path]:
    """Staged files and parts that broken uploads have left and nobody goes on with."""
    parts = set(Upload.objects.going_on().values_list("name", flat=True))
    return files.stale_staging(older_than.total_seconds(), parts=parts)


def sweep_leftovers(files: Store, older_than: timedelta) -> int:
    """Remove them; how many there were."""
    parts = set(Upload.objects.going_on().values_list("name", flat=True))
    return files.sweep_staging(older_than.total_seconds(), parts=parts)
