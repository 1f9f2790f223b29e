"""What one connection, one address and one web process may take."""

from __future__ import annotations

import functools
import resource
from dataclasses import dataclass

from django.conf import settings

# Descriptors for the database, Valkey, the bucket, pictures and logs.
RESERVED_FILES = 200


@dataclass(frozen=True)
class Limits:
    """``head_bytes`` and ``headers`` bound a request's line and headers, or trailers.

    A connection has ``head_seconds`` for its first byte, and each head as long from its
    first byte. A connection that has waited for more than ``slow_after`` seconds is
    slow: an address may have ``slow_heads`` of them. ``connections`` is for the whole
    process. After a refusal up to ``drain_bytes`` are read for ``drain_seconds``, so
    that the client sees the answer.
    """

    head_bytes: int = 64 * 1024
    headers: int = 200
    head_seconds: float = 10
    slow_after: float = 1
    slow_heads: int = 128
    connections: int = 4000
    drain_bytes: int = 16 * 1024 * 1024
    drain_seconds: float = 2


@functools.cache
def site_limits() -> Limits:
    """The limits of this process, which may open as many files as the system allows."""
    return Limits(
        slow_heads=settings.MAX_SLOW_HEADS,
        connections=connections_within(raise_open_files(), settings.MAX_CONNECTIONS),
    )


def connections_within(files: int, wanted: int) -> int:
    """``wanted``, or fewer: each connection may need a second file for an upload."""
    return max(1, min(wanted, (files - RESERVED_FILES) // 2))


def raise_open_files() -> int:
    """Raise the soft limit of open files to the hard one; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
