"""Pacing of phase one by the bytes; the only module that knows django-ratelimit.

Bytes are held back, arrivals never: whoever is asked to wait has a ticket. A network
pays for repeats only, for many may share an address. It fails open: with Redis gone or
hung everybody may go on, after two seconds at most, and then without any wait.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_ratelimit.core import get_usage
from django_redis.cache import RedisCache, omit_exception
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

from competitions.models import Competition
from mycenas.accounts.people import signed_in
from mycenas.core.network import client_address
from mycenas.core.statements import run
from mycenas.core.wake import redis_breaker
from submissions.intake.errors import Waits
from submissions.intake.quotas import Quota

# What a file weighs at least: its fsync and its rows cost as much as some bytes.
LEAST_BYTES = 1024 * 1024

T = TypeVar("T")
Key = Callable[[str, HttpRequest], str]
Rate = tuple[int, int]


# Raises a count that may not exist yet, and lets a new one end some day.
RAISE = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return count
"""


class ByteCounter(RedisCache):  # type: ignore[misc]
    """Counts bytes where django-ratelimit counts calls; asks an ill Redis once.

    The library adds a count that is missing, else raises it; here ``add`` does both.
    Caches are one object for each thread, so ``weight`` and what was counted are of
    one request at a time.
    """

    weight = 1
    _counted: int | None = None

    def add(self, key: str, value: int, timeout: int, **more: Any) -> bool:
        """Raise the count, unless ``value`` is 0; True if there was none before."""
        self._counted = None
        if not value or redis_breaker.is_open:
            return False
        self._counted = self._watched(self._raise(key, timeout))
        return self._counted == self.weight

    def incr(self, key: str, *args: Any, **more: Any) -> int | None:
        """What ``add`` has counted; None if it could not."""
        return self._counted

    def get(self, key: str, default: Any = None, **more: Any) -> Any:
        return None if redis_breaker.is_open else super().get(key, default, **more)

    @omit_exception
    def _raise(self, key: str, timeout: int) -> int:
        client = self.client.get_client(write=True)
        name = self.client.make_key(key)
        try:
            return int(client.eval(RAISE, 1, name, self.weight, timeout))
        except (RedisError, OSError) as error:
            raise ConnectionInterrupted(connection=client) from error

    def _watched(self, told: T | None) -> T | None:
        """What Redis said; None (see IGNORE_EXCEPTIONS) spares the next ones."""
        if told is None:
            redis_breaker.trip()
        return told


class TooFast(Waits):
    """More bytes than agreed in this time; the arrival stands."""

    status = 429
    code = "too_fast"

    def __init__(self, quota: Quota) -> None:
        told = {"limit": quota.limit >> 20, "span": quota.window}
        why = _WHY[quota.name] % {**told, "seconds": quota.seconds}
        super().__init__(quota, why)


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


def check_pace(request: HttpRequest, size: int, *, has_entered: bool) -> None:
    """Count a file of ``size`` bytes that is about to come; TooFast if it must wait.

    Who has sent nothing in this time may always send one file, however large. A
    person's first entry to a competition, without one that ``has_entered``, is neither
    counted for the network nor refused by it.
    """
    weight = max(size, LEAST_BYTES)
    for quota in _quotas(request, weight, has_entered):
        if not quota.remaining:
            raise TooFast(quota)


def would_wait(request: HttpRequest, competition: Competition) -> TooFast | None:
    """The refusal that a file would meet now; nothing is counted."""
    for quota in _quotas(request, 0, has_entered(request, competition)):
        if not quota.remaining:
            return TooFast(quota)
    return None


def just_over() -> TooFast:
    """For who was asked to wait while the wait has ended: once more, now."""
    limit, window = settings.PACE_PARTICIPANT
    return TooFast(Quota("participant", limit, 1, limit, window))


def _quotas(request: HttpRequest, weight: int, has_entered: bool) -> Iterator[Quota]:
    yield from _quota(
        request, "participant", _participant, settings.PACE_PARTICIPANT, weight
    )
    if has_entered:
        yield from _quota(request, "network", _network, settings.PACE_NETWORK, weight)


def has_entered(request: HttpRequest, competition: Competition) -> bool:
    """Whether the person's file for another entry to ``competition`` is here."""
    return bool(run(ENTERED, [signed_in(request).pk, competition.pk])[0][0])


# By the size, which says the same as ``received_at``: without fresh statistics
# PostgreSQL would read all that the competition has received.
ENTERED = """
SELECT EXISTS (SELECT FROM submissions_submission
  WHERE participant_id = %s AND competition_id = %s AND size IS NOT NULL)
"""


def _quota(
    request: HttpRequest, name: str, key: Key, rate: Rate, weight: int
) -> Iterator[Quota]:
    """Where the asker stands before these bytes; nothing if it cannot be known."""
    cast(ByteCounter, caches[settings.RATELIMIT_USE_CACHE]).weight = weight
    usage = get_usage(
        request, group=f"bytes-{name}", key=key, rate=rate, increment=weight > 0
    )
    if usage is None:
        return
    # The first of a window is told as 1, whatever it weighs.
    before = max(0, usage["count"] - weight) if usage["count"] > 1 else 0
    limit, window = rate
    seconds = max(1, usage["time_left"])
    yield Quota(name, limit, seconds, max(0, limit - before), window)


def _participant(group: str, request: HttpRequest) -> str:
    return str(request.user.pk)


def _network(group: str, request: HttpRequest) -> str:
    address = ipaddress.ip_address(client_address(request))
    prefix = 64 if address.version == 6 else 32
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
