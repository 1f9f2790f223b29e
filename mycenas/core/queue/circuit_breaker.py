"""A circuit breaker: after a failure no request waits for a server for a while."""

from __future__ import annotations

import time

PAUSE_SECONDS = 15.0


class CircuitBreaker:
    """Open for ``PAUSE_SECONDS`` after a failure, so a server that hangs costs once."""

    def __init__(self) -> None:
        self._closes_at = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._closes_at

    def trip(self) -> None:
        self._closes_at = time.monotonic() + PAUSE_SECONDS


# Shared by everything in this process that talks to Redis.
redis_breaker = CircuitBreaker()
