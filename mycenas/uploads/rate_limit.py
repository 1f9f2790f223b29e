"""The rate limit of uploads, which counts bytes.

It delays bytes and never a reservation. A participant's first entry does not count for
the network, because many participants may share an address. No request waits for Redis:
without it each process counts for itself, see `RateCounter`.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.network import client_address, network_around
from mycenas.uploads.quotas import Quota, RetryLater
from mycenas.uploads.rate_counter import Window, rate_counter

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
