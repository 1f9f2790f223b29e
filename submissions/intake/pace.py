"""Pacing of phase one; the only module that knows django-ratelimit.

It fails open: with Redis gone or hung everybody may go on, after half a second at most.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from mycenas.core.network import client_address
from mycenas.core.wake import redis_breaker


@dataclass(frozen=True)
class Pace:
    """One limit as it stands for one key."""

    limit: int
    count: int
    seconds_left: int

    @property
    def exceeded(self) -> bool:
        return self.count > self.limit


def pace_of(request: HttpRequest) -> Pace | None:
    """Count this upload; the limit that it exceeds, if any."""
    rates = (
        ("upload-participant", _participant, settings.PACE_PARTICIPANT),
        ("upload-network", _network, settings.PACE_NETWORK),
    )
    for group, key, rate in rates:
        pace = _usage(request, group, key, rate)
        if pace and pace.exceeded:
            return pace
    return None


def _usage(request: HttpRequest, group: str, key: Any, rate: str) -> Pace | None:
    if redis_breaker.is_open:
        return None
    usage = get_usage(request, group=group, key=key, rate=rate, increment=True)
    if usage is None:
        # It could not be counted (RATELIMIT_FAIL_OPEN): spare the next ones the wait.
        redis_breaker.trip()
        return None
    return Pace(usage["limit"], usage["count"], max(1, usage["time_left"] or 1))


def _participant(group: str, request: HttpRequest) -> str:
    return str(request.user.pk)


def _network(group: str, request: HttpRequest) -> str:
    address = ipaddress.ip_address(client_address(request))
    prefix = 64 if address.version == 6 else 32
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
