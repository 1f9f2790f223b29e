"""Verify the bytes of every acknowledged file and every rendition.

It changes no row and no file.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from mycenas.core.queue.publisher import enqueue
from mycenas.storage import StorageFailed, Store, store
from submissions.inventory.orphans import ORPHANS_KEPT, unnamed
from submissions.inventory.pictures import problem_of, renditions_of
from submissions.models import Rendition, Submission

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 200
# A night's audit goes in slices, so that a worker is free for entries in between.
SLICE = timedelta(seconds=30)


class StorageDown(Exception):
    """The whole storage is unreadable; the findings so far stay valid."""


class Promise(NamedTuple):
    """The acknowledged values of a file; ``size`` in bytes."""

    entry: int
    original: str
    sha256: str
    size: int


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

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_dict(cls, told: dict[str, Any]) -> Findings:
        damaged = [Damage(**one) for one in told["damaged"]]
        return cls(told["after"], told["checked"], told["checked_bytes"], damaged)


def audit(files: Store, found: Findings) -> Iterator[None]:
    """Check the rows after ``found.after``; yields after each.

    Raises StorageDown if the storage fails as a whole. ``found`` is consistent at each
    yield and each error, so that an audit can resume from it.
    """
    while promises := _promises_after(found.after):
        pictures = renditions_of(promise.entry for promise in promises)
        for promise in promises:
            for damage in _damage(files, promise, pictures.get(promise.entry, [])):
                found.damaged.append(damage)
                logger.error("The file of entry %s: %s.", damage.entry, damage.problem)
            found.after = promise.entry
            found.checked += 1
            found.checked_bytes += promise.size
            yield


def to_check(found: Findings) -> tuple[int, int]:
    """The number of rows and bytes that are left to check."""
    left = _acknowledged(found.after).aggregate(rows=Count("pk"), bytes=Sum("size"))
    return left["rows"], left["bytes"] or 0


def _acknowledged(after: int) -> Any:
    return Submission.objects.filter(received_at__isnull=False, pk__gt=after)


def _promises_after(after: int) -> list[Promise]:
    """The next rows by key; no cursor stays open while files are read."""
    columns = ("pk", "original", "sha256", "size")
    rows = _acknowledged(after).order_by("pk").values_list(*columns)
    return [Promise(*row) for row in rows[:ROWS_AT_ONCE]]


def _damage(
    files: Store, promise: Promise, pictures: list[Rendition]
) -> Iterator[Damage]:
    """The damage of an entry's original and renditions."""
    problem = _read(files, partial(_problem_of, files, promise))
    if problem:
        yield Damage(promise.entry, promise.original, f"it {problem}")
    for row in pictures:
        problem = _read(files, partial(problem_of, files, row))
        if problem:
            yield Damage(promise.entry, row.name, f"its picture {row.name} {problem}")


def _read(files: Store, look: Callable[[], str]) -> str:
    try:
        return look()
    except StorageFailed as error:
        if files.problems():
            raise StorageDown(str(error)) from error
        return f"cannot be read ({error})"


def _problem_of(files: Store, promise: Promise) -> str:
    facts = files.facts_of(promise.original)
    if facts is None:
        return "is missing"
    if facts.size != promise.size:
        return f"has {facts.size} bytes, {promise.size} were acknowledged"
    if facts.sha256 != promise.sha256:
        return f"has the SHA-256 {facts.sha256}, {promise.sha256} was acknowledged"
    return ""


# --- at night


def audit_slice(after: int = 0, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """Audit for one slice and enqueue the rest; True once every row was checked.

    The message carries the key, so that any worker can continue. If it is lost, the
    next night starts again.
    """
    found, until = Findings(after), clock() + SLICE.total_seconds()
    try:
        for _pause in audit(store(), found):
            if clock() >= until:
                enqueue("submissions.audit_storage", found.after)
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
