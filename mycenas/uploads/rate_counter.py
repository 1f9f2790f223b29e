"""Counts of a rate limit, kept in memory and shared through Redis asynchronously.

A request counts in the memory of its process and never waits for Redis. A thread sends
the counts to Redis and reads the totals of all processes, at most ten times a second:
bytes that another process received are known a tenth of a second late. Without Redis
each process counts for itself.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from typing import cast

from django.core.cache import caches
from django_redis.cache import RedisCache

from mycenas.core.queue.background import BackgroundFlusher
from mycenas.core.queue.circuit_breaker import redis_breaker

logger = logging.getLogger(__name__)

# A count's key, and the seconds after which it may be forgotten.
Window = tuple[str, int]


@dataclass
class Count:
    """The total as known here; expires at ``ends_at`` (monotonic seconds)."""

    total: int
    ends_at: float


class RateCounter(BackgroundFlusher[Window, int]):
    """The counts of all windows, for all threads of a process.

    What waits for the flush was counted here and is not in Redis yet.
    """

    BATCH_SIZE = 1000
    PAUSE_SECONDS = 0.1
    # Expired counts are removed when there are so many.
    MANY = 1000

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[Window, Count] = {}
        self._most = self.MANY

    def add(self, window: Window, weight: int) -> int:
        """Raise a count and return it. A weight of 0 asks for the shared total."""
        with self._changed:
            count = self._counts.get(window) or self._begin(window)
            count.total += weight
            self._enqueue(window, self._waiting.get(window, 0) + weight)
            return count.total

    def known(self, window: Window) -> int:
        """The count as known in this process, without asking Redis."""
        count = self._counts.get(window)
        return count.total if count else 0

    def _begin(self, window: Window) -> Count:
        now = time.monotonic()
        if len(self._counts) >= self._most:
            self._counts = {w: c for w, c in self._counts.items() if c.ends_at > now}
            self._most = max(self.MANY, 2 * len(self._counts))
        _key, seconds = window
        count = self._counts[window] = Count(0, now + seconds)
        return count

    def _flush_batch(self, load: dict[Window, int]) -> None:
        """Do not retry a failed flush: Redis may have applied it before the error."""
        if redis_breaker.is_open:
            return
        try:
            shared = self._flush(load)
        except Exception as error:
            redis_breaker.trip()
            logger.warning("Could not share the counts through Redis: %s", error)
            return
        with self._changed:
            for window, total in zip(load, shared, strict=True):
                self._merge(window, total)

    def _flush(self, load: dict[Window, int]) -> list[int]:
        """Raise the shared counts; their totals."""
        cache = cast(RedisCache, caches["pace"]).client
        with cache.get_client(write=True).pipeline(transaction=False) as pipeline:
            for (key, seconds), weight in load.items():
                name = cache.make_key(key)
                pipeline.incrby(name, weight)
                pipeline.expire(name, seconds)
            return cast(list[int], pipeline.execute()[::2])

    def _merge(self, window: Window, shared: int) -> None:
        """Never lower a count: Redis may have been emptied."""
        if count := self._counts.get(window):
            count.total = max(count.total, shared + self._waiting.get(window, 0))


rate_counter = RateCounter()
os.register_at_fork(after_in_child=rate_counter.__init__)  # type: ignore[misc]
