"""Files without a row: a process died after it stored one and before its row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

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


def unnamed(files: Store, older_than: timedelta) -> Iterator[Unnamed]:
    """Originals without a row, in the order of their names.

    A name begins with the digest and the public id of its ticket. While that ticket is
    *reserved*, the same form sent again takes the file over; in every other state
    nothing does, and no state leads back to *reserved*. So what does not wait can be
    removed at any later moment.
    """
    limit = time.time() - older_than.total_seconds()
    stored = files.originals()
    while batch := list(islice(stored, NAMES_AT_ONCE)):
        old = [one for one in batch if one.changed_at < limit]
        named = _named_by_rows([one.key for one in old])
        waiting = _waiting([_ticket_of(one.key) for one in old])
        yield from (
            Unnamed(one.key, one.size, _ticket_of(one.key) in waiting)
            for one in old
            if one.key not in named
        )


def _ticket_of(name: str) -> str:
    return suffix_of(name)[:PUBLIC_ID_LENGTH]


def _named_by_rows(names: list[str]) -> set[str | None]:
    rows = Submission.objects.filter(original__in=names)
    return set(rows.values_list("original", flat=True))


def _waiting(public_ids: list[str]) -> set[str]:
    rows = Submission.objects.filter(
        public_id__in=public_ids, state=SubmissionState.RESERVED
    )
    return set(rows.values_list("public_id", flat=True))


def sweep_orphans(files: Store, found: list[Unnamed]) -> None:
    """Remove those that wait for no reservation."""
    for one in found:
        if not one.waits:
            files.remove_original(one.original)


def leftovers(files: Store, older_than: timedelta) -> list[Path]:
    """Staged and partial files of uploads that ended without completing."""
    parts = set(Upload.objects.going_on().values_list("part", flat=True))
    return files.stale_staging(older_than.total_seconds(), partial_files=parts)


def sweep_leftovers(files: Store, older_than: timedelta) -> int:
    """Remove the leftovers; returns how many."""
    parts = set(Upload.objects.going_on().values_list("part", flat=True))
    return files.sweep_staging(older_than.total_seconds(), partial_files=parts)
