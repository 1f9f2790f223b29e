"""A site that has no room for a while."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Crowd:
    """Before the gateway: answers the requests of the kinds that it was told, in order.

    A kind is a method and the first part of the path; each answer is a status and
    how many seconds to wait. ``seen`` counts the requests of every kind.
    """

    gateway: Any
    refusals: dict[tuple[str, str], deque[tuple[int, int]]] = field(
        default_factory=dict
    )
    seen: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, method: str, start: str, *answers: tuple[int, int]) -> None:
        self.refusals[method, start] = deque(answers)

    def count(self, method: str, start: str) -> int:
        return self.seen.count((method, start))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.gateway(scope, receive, send)
            return
        for (method, start), answers in self.refusals.items():
            if scope["method"] == method and scope["path"].startswith(start):
                self.seen.append((method, start))
                if answers:
                    await _refuse(send, *answers.popleft())
                    return
        await self.gateway(scope, receive, send)


async def _refuse(send: Any, status: int, seconds: int) -> None:
    headers = [
        (b"retry-after", str(seconds).encode()),
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"2"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})
