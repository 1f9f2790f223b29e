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


class SteadyCache(BaseCache):
    """Uses the memory of this process while Valkey is full, unresponsive or absent."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {**params.get("OPTIONS", {}), "IGNORE_EXCEPTIONS": False}
        self._valkey = RedisCache(server, {**params, "OPTIONS": options})
        memory = {**params, "OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES}}
        self._memory = LocMemCache(f"steady-{self.key_prefix}", memory)

    def _ask(self, method: str, *args: Any, **more: Any) -> Any:
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

    def add(self, *args: Any, **more: Any) -> bool:
        return bool(self._ask("add", *args, **more))

    def get(self, *args: Any, **more: Any) -> Any:
        return self._ask("get", *args, **more)

    def set(self, *args: Any, **more: Any) -> None:
        self._ask("set", *args, **more)

    def touch(self, *args: Any, **more: Any) -> bool:
        return bool(self._ask("touch", *args, **more))

    def delete(self, *args: Any, **more: Any) -> bool:
        return bool(self._ask("delete", *args, **more))

    def has_key(self, *args: Any, **more: Any) -> bool:
        return bool(self._ask("has_key", *args, **more))

    def incr(self, *args: Any, **more: Any) -> int:
        return int(self._ask("incr", *args, **more))

    def clear(self) -> None:
        self._ask("clear")

    def close(self, **more: Any) -> None:
        self._valkey.close(**more)
