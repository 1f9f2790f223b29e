"""One writer per upload within this process; a silent one gives way to a newcomer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from submissions.intake.bodies import Listening
from submissions.intake.refusals import TurnedAway, gettext_noop

BUSY = gettext_noop(
    "Another connection sends this file just now. Try again in %(seconds)s seconds."
)

T = TypeVar("T")


class GaveWay(Exception):
    """A newcomer goes on with this upload."""


class Claim:
    """Held by the one connection that may write."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        # True once the sender is gone and only the keeping is left to do.
        self.ending = False
        self._listening: Listening | None = None

    async def listen(self, coming: Awaitable[T]) -> T:
        """Wait for the sender; GaveWay if a newcomer is preferred meanwhile."""
        now = asyncio.get_running_loop().time()
        listening = self._listening = Listening(asyncio.current_task(), now)
        try:
            return await coming
        except asyncio.CancelledError as error:
            if not listening.given_up:
                raise
            listening.task.uncancel()
            self.ending = True
            raise GaveWay from error
        except Exception:
            self.ending = True
            raise
        finally:
            self._listening = None

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing has come for so long."""
        now = asyncio.get_running_loop().time()
        listening = self._listening
        return listening is not None and now - listening.since >= seconds

    def give_way(self) -> None:
        if self._listening is not None:
            self._listening.give_up()


class Holders:
    """Who writes which upload; between processes the part's own lock decides."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._claims: dict[str, Claim] = {}

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[Claim]:
        """Be the writer of ``name``; TurnedAway (423) while somebody else is."""
        await self.relieve(name)
        if name in self._claims:
            raise busy(self._stall_seconds)
        claim = self._claims[name] = Claim()
        try:
            yield claim
        finally:
            del self._claims[name]
            claim.over.set()

    async def relieve(self, name: str) -> None:
        """Let a silent writer keep what it has and go; wait for one that is ending."""
        claim = self._claims.get(name)
        if claim is None:
            return
        if claim.is_silent(self._stall_seconds):
            claim.give_way()
        elif not claim.ending:
            return
        await claim.over.wait()


def busy(seconds: float) -> TurnedAway:
    """The refusal of a second writer."""
    wait = max(1, round(seconds))
    return TurnedAway(423, "locked", BUSY, {"seconds": wait}, retry_after=wait)
