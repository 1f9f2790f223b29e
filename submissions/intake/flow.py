"""How much comes in at once: files by their turn, bytes by the second.

A connection costs next to nothing here, so connections are not limited. Scarce is what
the disk takes, or less, if the site says so. A file that comes faster than that holds
one of a few places until it is in; whoever lets us wait gives the place up and goes on
without it, so slow lines never fill them. Other files wait for their turn before their
first byte is read: TCP holds the sender back, and no thread, no connection to the
database and hardly any memory is held.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable

from submissions.intake.holding import Room
from submissions.intake.quotas import Delay, Quota
from submissions.intake.refusals import Later, gettext_noop
from submissions.intake.requests import Limits

# So long in all a sender may let us wait and still counts as faster than we are.
PATIENCE_SECONDS = 0.25

BUSY = gettext_noop(
    "Very many files are arriving just now. Your arrival is recorded. Send the file "
    "again in %(seconds)s seconds."
)

Read = Callable[[], Awaitable[bytes | None]]


class Flow:
    """The door's capacity in this process; everything that carries a file asks it.

    ``room`` is that of the disk.
    """

    def __init__(self, limits: Limits) -> None:
        self.waiting = 0
        self.room = Room()
        self._limits = limits
        self._places = asyncio.Semaphore(limits.files_at_once)
        self._meter = Meter(limits.bytes_per_second)

    @property
    def is_full(self) -> bool:
        """Whether the next file has to wait for a place."""
        return self._places.locked()

    async def turn(self) -> Turn:
        """Wait for a place, first come first served; Later for who would wait long."""
        if self.is_full:
            await self._wait()
        else:
            await self._places.acquire()
        return Turn(self._places, self._meter)

    async def _wait(self) -> None:
        if self.waiting >= self._limits.waiting_room:
            raise self._full()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise self._full() from error
        finally:
            self.waiting -= 1

    def _full(self) -> Later:
        """Not all at the same moment should come back."""
        longest = self._limits.wait_seconds
        seconds = math.ceil(random.uniform(longest / 2, longest * 3 / 2))  # noqa: S311
        quota = Quota(
            "files",
            limit=self._limits.files_at_once,
            seconds=max(1, seconds),
            unit="concurrent-requests",
        )
        return Later(Delay("busy", BUSY, quota))


class Turn:
    """One file on its way in. ``take`` its bytes, and ``end`` it whatever happens."""

    def __init__(self, places: asyncio.Semaphore, meter: Meter) -> None:
        self.has_place = True
        self._places = places
        self._meter = meter
        self._loop = asyncio.get_running_loop()
        self._waited = 0.0
        self._waits_since: float | None = None
        self._alarm = self._loop.call_later(PATIENCE_SECONDS, self._look)

    async def take(self, read: Read) -> bytes | None:
        """What ``read`` gives, as soon as there is capacity for it."""
        await self._meter.room()
        self._waits_since = began = self._loop.time()
        try:
            data = await read()
        finally:
            self._waits_since = None
            self._waited += self._loop.time() - began
        self._meter.took(len(data or b""))
        return data

    def end(self) -> None:
        """Give the place to the next; may be called more than once."""
        self._alarm.cancel()
        if self.has_place:
            self.has_place = False
            self._places.release()

    def _look(self) -> None:
        """End for who has used up our patience; one alarm costs less than many."""
        since, now = self._waits_since, self._loop.time()
        waited = self._waited + (now - since if since is not None else 0.0)
        if waited >= PATIENCE_SECONDS:
            self.end()
        else:
            left = PATIENCE_SECONDS - waited
            self._alarm = self._loop.call_later(left, self._look)


class Meter:
    """Keeps to so many bytes a second, 0 for any number; askers stand in line."""

    def __init__(self, bytes_per_second: int) -> None:
        self._rate = bytes_per_second
        self._line = asyncio.Lock()
        self._free_at = 0.0

    async def room(self) -> None:
        """Wait until what was taken is paid for in time."""
        if not self._rate:
            return
        async with self._line:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, self._free_at - now))

    def took(self, count: int) -> None:
        """Tell how many bytes were read."""
        if self._rate:
            now = asyncio.get_running_loop().time()
            self._free_at = max(now, self._free_at) + count / self._rate
