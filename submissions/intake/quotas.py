"""How somebody who must wait is told so: Retry-After and the RateLimit fields.

The fields are those of draft-ietf-httpapi-ratelimit-headers: a list of named policies,
and where the asker stands with each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Quota:
    """One limit as it stands for one asker.

    ``limit`` and ``remaining`` are in ``unit``: "content-bytes", or
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
        """For any answer with the status 429 or 503."""
        window = "" if self.window is None else f";w={self.window}"
        policy = f'"{self.name}";q={self.limit}{window};qu="{self.unit}"'
        return {
            "Retry-After": str(self.seconds),
            "RateLimit-Policy": policy,
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.seconds}',
        }


@dataclass(frozen=True)
class Delay:
    """Why bytes must come later, though nothing is wrong with them.

    ``sentence`` is English with ``%(seconds)s`` in it, marked for translation; ``more``
    are other numbers that it names.
    """

    code: str
    sentence: str
    quota: Quota
    more: Mapping[str, int] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, int]:
        return {"seconds": self.quota.seconds, **self.more}
