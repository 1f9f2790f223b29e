"""Counting a million rows takes seconds: so many are not counted anew for a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

MANY = 10_000
KEPT_SECONDS = 60

Counts = TypeVar("Counts")


def is_kept(rows: int) -> bool:
    """Whether the counts of so many rows are shown for a minute."""
    return rows > MANY


def once_a_minute(
    key: str, count: Callable[[], Counts], rows: Callable[[Counts], int]
) -> Counts:
    """The counts of now; of a minute ago at most if they are of many ``rows``."""
    kept: Counts | None = cache.get(key)
    if kept is not None:
        return kept
    counts = count()
    if is_kept(rows(counts)):
        cache.set(key, counts, KEPT_SECONDS)
    return counts
