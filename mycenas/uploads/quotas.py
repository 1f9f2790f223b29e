"""Retry-After and the RateLimit header fields.

The fields are those of draft-ietf-httpapi-ratelimit-headers: a list of named policies,
and where the client stands with each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from mycenas.core.http.errors import ProblemError


@dataclass(frozen=True)
class Quota:
    """One limit as it stands for one client.

    ``limit`` and ``remaining`` are in ``unit``: "content-bytes", "requests", or
    "concurrent-requests" for files at once. After ``seconds`` the same may go through.
    ``window`` is the time in seconds that the limit is for, if it is for one.
    """

    name: str
    limit: int
    seconds: int
    remaining: int = 0
    window: int | None = None
    unit: str = "content-bytes"

    @property
    def headers(self) -> dict[str, str]:
        """For any response with the status 429 or 503."""
        window = "" if self.window is None else f";w={self.window}"
        policy = f'"{self.name}";q={self.limit}{window};qu="{self.unit}"'
        return {
            "Retry-After": str(self.seconds),
            "RateLimit-Policy": policy,
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.seconds}',
        }


class RetryLater(ProblemError):
    """A valid request that must come later; ``quota`` says when."""

    status = 503

    def __init__(self, quota: Quota, sentence: str | Promise, **more: Any) -> None:
        super().__init__(sentence, headers=quota.headers, **more)
        self.quota = quota
        self.retry_after = quota.seconds
