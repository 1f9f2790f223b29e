"""The rate limit of phase one, which counts bytes.

Bytes are held back, arrivals never: whoever is asked to wait has a ticket. A network
pays for repeats only, for many may share an address. Nobody waits for Redis: without it
each process paces by itself, see `Tally`.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.people import signed_in
from mycenas.core.network import client_address, network_around
from mycenas.core.statements import run
from submissions.intake.errors import Waits
from submissions.intake.quotas import Quota
from submissions.intake.tally import Window, tally

# What a file weighs at least: its fsync and its rows cost as much as some bytes.
LEAST_BYTES = 1024 * 1024

# Bytes in so many seconds.
Rate = tuple[int, int]
# Requests of a network for addresses that are not there, in so many seconds.
UNKNOWN: Rate = (300, 60)


class Sender(NamedTuple):
    """Whose bytes come, and from which network."""

    participant_id: int
    network: str


def sender_of(request: HttpRequest) -> Sender:
    return Sender(signed_in(request).pk, network_of(request))


class TooManyUnknown(Waits):
    """A network guesses addresses of uploads."""

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


def check_pace(sender: Sender, size: int, *, has_entered: bool) -> None:
    """Count a file of ``size`` bytes that is about to come; TooFast if it must wait.

    Who has sent nothing in this time may always send one file, however large. A
    person's first entry to a competition, without one that ``has_entered``, is neither
    counted for the network nor refused by it.
    """
    weight = max(size, LEAST_BYTES)
    for quota in _quotas(sender, weight, has_entered):
        if not quota.remaining:
            raise TooFast(quota)


def would_wait(sender: Sender, competition_id: int) -> TooFast | None:
    """The refusal that a file would meet now; nothing is counted."""
    for quota in _quotas(sender, 0, has_entered(sender, competition_id)):
        if not quota.remaining:
            return TooFast(quota)
    return None


def just_over() -> TooFast:
    """For who was asked to wait while the wait has ended: once more, now."""
    limit, window = settings.PACE_PARTICIPANT
    return TooFast(Quota("participant", limit, 1, limit, window))


def _quotas(sender: Sender, weight: int, has_entered: bool) -> Iterator[Quota]:
    whose = str(sender.participant_id)
    yield _quota("participant", whose, settings.PACE_PARTICIPANT, weight)
    if has_entered:
        yield _quota("network", sender.network, settings.PACE_NETWORK, weight)


def has_entered(sender: Sender, competition_id: int) -> bool:
    """Whether the person's file for another entry to the competition is here."""
    sql = f"SELECT {ENTERED.format('%s', '%s')}"
    return bool(run(sql, [sender.participant_id, competition_id])[0][0])


# For a participant and a competition. By the size, which says the same as
# ``received_at``: without fresh statistics PostgreSQL would read all that the
# competition has received.
ENTERED = """
EXISTS (SELECT FROM submissions_submission AS entered
  WHERE entered.participant_id = {} AND entered.competition_id = {}
    AND entered.size IS NOT NULL)
"""


def check_unknown(network: str) -> None:
    """Refuse a network that has asked for many unknown addresses (``TooManyUnknown``).

    Looks into the memory of this process alone.
    """
    limit, seconds = UNKNOWN
    window, left = _window("unknown", network, seconds)
    if tally.known(window) >= limit:
        raise TooManyUnknown(
            Quota("unknown", limit, left, window=seconds, unit="requests")
        )


def count_unknown(network: str) -> None:
    """Count a request for an address that is not there."""
    tally.add(_window("unknown", network, UNKNOWN[1])[0], 1)


def _quota(name: str, whose: str, rate: Rate, weight: int) -> Quota:
    """Where the sender stands before these bytes, which are counted."""
    limit, seconds = rate
    window, left = _window(name, whose, seconds)
    before = tally.add(window, weight) - weight
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
