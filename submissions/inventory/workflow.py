"""Verify the bytes of every acknowledged file and every rendition.

Only `note_digests` changes a row, and nothing changes a file.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Sum

from mycenas.core.queue.publisher import enqueue
from mycenas.core.queue.slices import run_slice
from mycenas.storage import StorageFailed, Store, store
from submissions.inventory.orphans import ORPHANS_KEPT, unnamed
from submissions.models import Rendition, Submission

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 200


class StorageDown(Exception):
    """The whole storage is unreadable; the findings so far stay valid."""


@dataclass(frozen=True)
class Damage:
    """An entry whose original or rendition is damaged or missing."""

    entry: int
    original: str
    problem: str


@dataclass
class Findings:
    """The result of an audit so far: every row up to the key ``after``."""

    after: int = 0
    checked: int = 0
    checked_bytes: int = 0
    damaged: list[Damage] = field(default_factory=list)


def audit(files: Store, found: Findings) -> Iterator[int]:
    """Check the rows after ``found.after``; yields the key of each.

    Raises StorageDown if the storage fails as a whole. ``found`` is consistent at each
    yield and each error, so that an audit can resume from it.
    """
    # The next rows by key: no cursor stays open while files are read.
    while rows := list(
        _acknowledged(found.after)
        .order_by("pk")
        .only("original", "sha256", "size")
        .prefetch_related("renditions")[:ROWS_AT_ONCE]
    ):
        for row in rows:
            for damage in list(_damage(files, row)):
                found.damaged.append(damage)
                logger.error("The file of entry %s: %s.", damage.entry, damage.problem)
            found.after = row.pk
            found.checked += 1
            found.checked_bytes += row.size
            yield row.pk


def to_check(found: Findings) -> tuple[int, int]:
    left = _acknowledged(found.after).aggregate(rows=Count("pk"), bytes=Sum("size"))
    return left["rows"], left["bytes"] or 0


def _acknowledged(after: int) -> Any:
    return Submission.objects.filter(received_at__isnull=False, pk__gt=after)


def _damage(files: Store, row: Any) -> Iterator[Damage]:
    problem = _problem(files, files.facts_of, row.original, row, "acknowledged")
    if problem:
        yield Damage(row.pk, row.original, f"it {problem}")
    for one in row.renditions.all():
        problem = _problem(files, files.facts_of_rendition, one.name, one, "stored")
        if problem:
            yield Damage(row.pk, one.name, f"its picture {one.name} {problem}")


def _problem(
    files: Store, read: Callable[[str], Any], name: str, row: Any, verb: str
) -> str:
    """The fault of a stored file, as words to follow its name; '' if it is intact."""
    try:
        facts = read(name)
    except StorageFailed as error:
        if files.problems():
            raise StorageDown(str(error)) from error
        return f"cannot be read ({error})"
    if facts is None:
        return "is missing"
    if facts.size != row.size:
        return f"has {facts.size} bytes, {row.size} were {verb}"
    # Old renditions have no digest; only their size is compared.
    if row.sha256 and facts.sha256 != row.sha256:
        return f"has the SHA-256 {facts.sha256}, {row.sha256} was {verb}"
    return ""


def note_digests(files: Store) -> int:
    """Store the SHA-256 of renditions that lack it; returns the number of rows.

    Files that are missing or have another size are left out: the audit reports them.
    """
    noted = 0
    for row in without_digest().order_by("pk").iterator():
        facts = files.facts_of_rendition(row.name)
        if facts is not None and facts.size == row.size:
            noted += without_digest().filter(pk=row.pk).update(sha256=facts.sha256)
    return noted


def without_digest() -> Any:
    return Rendition.objects.filter(sha256=None)


# --- at night


def audit_slice(after: int = 0, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """Audit for one slice and enqueue the rest; True once every row was checked."""
    found = Findings(after)
    try:
        keys = audit(store(), found)
        if not run_slice("submissions.audit_storage", keys, clock=clock):
            return False
    except StorageDown:
        logger.exception("The audit of storage stopped after entry %s.", found.after)
        return False
    logger.info("The audit of storage has reached its end, entry %s.", found.after)
    enqueue("submissions.find_orphans")
    return True


def tell_orphans() -> int:
    """Log the number of files without a row; a person removes them."""
    found = sum(not one.waits for one in unnamed(store(), ORPHANS_KEPT))
    if found:
        logger.warning(
            "%d stored files belong to no entry; see manage.py audit_storage.", found
        )
    return found
