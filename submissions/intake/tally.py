"""Bytes of many askers, counted here at once and by all processes a moment later.

A request counts in the memory of its own process and waits for nobody. A thread tells
Redis what was counted and hears what all processes have, ten times a second at most.
So bytes that came through another process are known a tenth of a second late, and
those of an asker who is new here with the first answer. Without Redis each process
counts for itself.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from typing import cast

from django.core.cache import caches
from django_redis.cache import RedisCache

from mycenas.core.courier import Courier
from mycenas.core.wake import redis_breaker

logger = logging.getLogger(__name__)


@dataclass
class Count:
    """``bytes`` as far as known here; of no use after ``ends_at`` (monotonic)."""

    bytes: int
    ends_at: float


# A count's key, and the seconds after which it may be forgotten.
Window = tuple[str, int]


class Tally(Courier[Window, int]):
    """What was counted in each window, for all threads of a process.

    What waits for the courier was counted here, and Redis was not told yet.
    """

    AT_ONCE = 1000
    PAUSE_SECONDS = 0.1
    # So many counts are kept before the ended ones among them are thrown away.
    MANY = 1000

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[Window, Count] = {}
        self._most = self.MANY

    def add(self, window: Window, weight: int) -> int:
        """Raise a count; what it is now. A weight of 0 asks, also what others have."""
        with self._changed:
            count = self._counts.get(window) or self._begin(window)
            count.bytes += weight
            self._put_down(window, self._waiting.get(window, 0) + weight)
            return count.bytes

    def known(self, window: Window) -> int:
        """What this process knows of a count, without asking Redis."""
        count = self._counts.get(window)
        return count.bytes if count else 0

    def _begin(self, window: Window) -> Count:
        now = time.monotonic()
        if len(self._counts) >= self._most:
            self._counts = {w: c for w, c in self._counts.items() if c.ends_at > now}
            self._most = max(self.MANY, 2 * len(self._counts))
        _key, seconds = window
        count = self._counts[window] = Count(0, now + seconds)
        return count

    def _carry(self, load: dict[Window, int]) -> None:
        """What Redis did not take is not told again: it may have, and not said so."""
        if redis_breaker.is_open:
            return
        try:
            shared = self._tell(load)
        except Exception as error:
            redis_breaker.trip()
            logger.warning("Could not tell Redis what was counted: %s", error)
            return
        with self._changed:
            for window, number in zip(load, shared, strict=True):
                self._hear(window, number)

    def _tell(self, load: dict[Window, int]) -> list[int]:
        """Raise the counts that all processes share; what they are now."""
        cache = cast(RedisCache, caches["pace"]).client
        with cache.get_client(write=True).pipeline(transaction=False) as line:
            for (key, seconds), weight in load.items():
                name = cache.make_key(key)
                line.incrby(name, weight)
                line.expire(name, seconds)
            return cast(list[int], line.execute()[::2])

    def _hear(self, window: Window, shared: int) -> None:
        """A Redis that was emptied does not make us forget."""
        if count := self._counts.get(window):
            count.bytes = max(count.bytes, shared + self._waiting.get(window, 0))


tally = Tally()
os.register_at_fork(after_in_child=tally.__init__)  # type: ignore[misc]
