"""The site's cache: Valkey, or the memory of this process while Valkey fails.

The limits of sign-in need a cache that keeps values, because one that forgets them
looks like a limit that is reached. One failure opens the circuit breaker of the
process; until it closes, no request waits for Valkey.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from redis.exceptions import RedisError

from mycenas.core.queue.publisher import redis_breaker

logger = logging.getLogger(__name__)

# Entries in the memory of a process while Valkey fails.
MOST_ENTRIES = 50_000
FAILURES = (RedisError, OSError)


def _either(method: str) -> Any:
    """A method of Valkey's cache, or of the one in memory while the breaker is open."""

    def call(self: SteadyCache, *args: Any, **more: Any) -> Any:
        if not redis_breaker.is_open:
            try:
                return getattr(self._valkey, method)(*args, **more)
            except FAILURES as error:
                redis_breaker.trip()
                logger.warning(
                    "The cache does not answer, so this process counts by itself: %s",
                    error,
                )
        return getattr(self._memory, method)(*args, **more)

    return call


class SteadyCache(BaseCache):
    """Uses the memory of this process while Valkey is full, unresponsive or absent."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {**params.get("OPTIONS", {}), "IGNORE_EXCEPTIONS": False}
        self._valkey = RedisCache(server, {**params, "OPTIONS": options})
        memory = {**params, "OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES}}
        self._memory = LocMemCache(f"steady-{self.key_prefix}", memory)

    add, get, set, touch = map(_either, ("add", "get", "set", "touch"))
    delete, has_key, incr = map(_either, ("delete", "has_key", "incr"))
    clear = _either("clear")

    def close(self, **more: Any) -> None:
        self._valkey.close(**more)
