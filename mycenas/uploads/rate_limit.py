"""The rate limit of uploads, which counts bytes.

It delays bytes and never a reservation. A participant's first entry does not count for
the network, because many participants may share an address.

Counts are kept in memory and shared through Redis asynchronously, so no request waits
for Redis. A thread sends the counts and reads the totals of all processes, at most ten
times a second: bytes that another process received are known a tenth of a second late.
Without Redis each process counts for itself.
"""

from __future__ import annotations

import logging
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_redis.cache import RedisCache

from mycenas.core.http.network import client_address, network_around
from mycenas.core.queue.publisher import BackgroundFlusher, redis_breaker
from mycenas.uploads.quotas import Quota, RetryLater

logger = logging.getLogger(__name__)

# A count's key, and the seconds after which it may be forgotten.
Window = tuple[str, int]


@dataclass
class RateCount:
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
        self._counts: dict[Window, RateCount] = {}
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

    def _begin(self, window: Window) -> RateCount:
        now = time.monotonic()
        if len(self._counts) >= self._most:
            self._counts = {w: c for w, c in self._counts.items() if c.ends_at > now}
            self._most = max(self.MANY, 2 * len(self._counts))
        _key, seconds = window
        count = self._counts[window] = RateCount(0, now + seconds)
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


# What a file weighs at least: its fsync and its rows cost as much as some bytes.
LEAST_BYTES = 1024 * 1024

# Bytes in so many seconds.
Rate = tuple[int, int]
# Requests of a network for addresses that are not there, in so many seconds.
UNKNOWN: Rate = (300, 60)


class Sender(NamedTuple):
    """The participant whose bytes come, and the network they come from."""

    participant_id: int
    network: str


class TooManyUnknown(RetryLater):
    """A network tries addresses of uploads that do not exist."""

    status = 429
    code = "too_many_unknown"

    def __init__(self, quota: Quota) -> None:
        super().__init__(
            quota,
            _(
                "More than %(limit)d requests of your network within a minute were for "
                "addresses that do not exist. Try again in %(seconds)d seconds."
            )
            % {"limit": quota.limit, "seconds": quota.seconds},
        )


class RateLimited(RetryLater):
    """More bytes than allowed in this time; the reservation stays."""

    status = 429
    code = "too_fast"

    def __init__(self, quota: Quota) -> None:
        limits = {"limit": quota.limit >> 20, "span": quota.window}
        sentence = _WHY[quota.name] % {**limits, "seconds": quota.seconds}
        super().__init__(quota, sentence)

    def as_unavailable(self) -> RetryLater:
        """The same with status 503."""
        return RetryLater(self.quota, self.sentence, code=self.code)


_WHY = {
    "participant": _(
        "You have sent more than %(limit)d MB within %(span)d seconds. Your arrival is "
        "recorded; send the file again in %(seconds)d seconds."
    ),
    "network": _(
        "More than %(limit)d MB came from your network within %(span)d seconds, beyond "
        "everybody’s first entry. Your arrival is recorded; send the file again in "
        "%(seconds)d seconds."
    ),
}


def check_rate(sender: Sender, size: int, *, has_entered: bool) -> None:
    """Count a file of ``size`` bytes that is about to come, or refuse it for a while.

    A participant may always send one file in a window, however large. Unless the
    participant ``has_entered`` the competition before, the file neither counts for the
    network nor is refused by it.
    """
    weight = max(size, LEAST_BYTES)
    for quota in _quotas(sender, weight, has_entered):
        if not quota.remaining:
            raise RateLimited(quota)


def _quotas(sender: Sender, weight: int, has_entered: bool) -> Iterator[Quota]:
    whose = str(sender.participant_id)
    yield _quota("participant", whose, settings.PACE_PARTICIPANT, weight)
    if has_entered:
        yield _quota("network", sender.network, settings.PACE_NETWORK, weight)


def check_unknown(network: str) -> None:
    """Refuse a network that has asked for many unknown addresses (``TooManyUnknown``).

    Looks into the memory of this process alone.
    """
    limit, seconds = UNKNOWN
    window, left = _window("unknown", network, seconds)
    if rate_counter.known(window) >= limit:
        raise TooManyUnknown(
            Quota("unknown", limit, left, window=seconds, unit="requests")
        )


def count_unknown(network: str) -> None:
    """Count a request for an address that is not there."""
    rate_counter.add(_window("unknown", network, UNKNOWN[1])[0], 1)


def _quota(name: str, whose: str, rate: Rate, weight: int) -> Quota:
    """The quota before these bytes, which are counted."""
    limit, seconds = rate
    window, left = _window(name, whose, seconds)
    before = rate_counter.add(window, weight) - weight
    return Quota(name, limit, left, max(0, limit - before), seconds)


def _window(name: str, whose: str, seconds: int) -> tuple[Window, int]:
    """The present window of a count, and the seconds that are left of it."""
    now = int(time.time())
    # Not all windows end at the same moment.
    jitter = zlib.crc32(whose.encode()) % seconds
    ends_at = now - (now - jitter) % seconds + seconds
    return (f"{name}:{whose}:{ends_at}", seconds), ends_at - now


def network_of(request: HttpRequest) -> str:
    """The address that a request comes from; for IPv6 the /64 around it."""
    return network_around(client_address(request))
