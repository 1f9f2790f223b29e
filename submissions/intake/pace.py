"""Pacing of phase one by the bytes; the only module that calls django-ratelimit.

Bytes are held back, arrivals never: whoever is asked to wait has a ticket. A network
pays for repeats only, for many may share an address. Nobody waits for Redis: without it
each process paces by itself, see `Tally`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_ratelimit.core import get_usage

from competitions.models import Competition
from mycenas.accounts.people import signed_in
from mycenas.core.network import client_address, network_around
from mycenas.core.statements import run
from submissions.intake.errors import Waits
from submissions.intake.quotas import Quota
from submissions.intake.tally import ByteCounter

# What a file weighs at least: its fsync and its rows cost as much as some bytes.
LEAST_BYTES = 1024 * 1024

Key = Callable[[str, HttpRequest], str]
Rate = tuple[int, int]


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
    yield _quota(
        request, "participant", _participant, settings.PACE_PARTICIPANT, weight
    )
    if has_entered:
        yield _quota(request, "network", _network, settings.PACE_NETWORK, weight)


def has_entered(request: HttpRequest, competition: Competition) -> bool:
    """Whether the person's file for another entry to ``competition`` is here."""
    sql = f"SELECT {ENTERED.format('%s', '%s')}"
    return bool(run(sql, [signed_in(request).pk, competition.pk])[0][0])


# For a participant and a competition. By the size, which says the same as
# ``received_at``: without fresh statistics PostgreSQL would read all that the
# competition has received.
ENTERED = """
EXISTS (SELECT FROM submissions_submission AS entered
  WHERE entered.participant_id = {} AND entered.competition_id = {}
    AND entered.size IS NOT NULL)
"""


def _quota(request: HttpRequest, name: str, key: Key, rate: Rate, weight: int) -> Quota:
    """Where the asker stands before these bytes."""
    cast(ByteCounter, caches[settings.RATELIMIT_USE_CACHE]).weight = weight
    usage = get_usage(
        request, group=f"bytes-{name}", key=key, rate=rate, increment=weight > 0
    )
    before = usage["count"] - weight
    limit, window = rate
    seconds = max(1, usage["time_left"])
    return Quota(name, limit, seconds, max(0, limit - before), window)


def _participant(group: str, request: HttpRequest) -> str:
    return str(request.user.pk)


def _network(group: str, request: HttpRequest) -> str:
    return network_of(request)


def network_of(request: HttpRequest) -> str:
    """The address that a request comes from; for IPv6 the /64 around it."""
    return network_around(client_address(request))
