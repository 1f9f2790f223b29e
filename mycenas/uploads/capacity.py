"""The capacity of a web process: files at once, bytes a second, and disk space.

An open connection costs next to nothing, so connections are not limited. Scarce is what
the disk takes, or less, if the site says so. A file that arrives faster than that holds
one of a few slots until it is complete; a slow client loses its slot and goes on
without one, so slow clients never fill them. Other files wait for a slot before their
first byte is read: TCP holds the client back, and no thread, no database connection and
hardly any memory is held.

A reservation without bytes takes no disk space, whatever size it declares. What counts
is the free space when a file begins, less what begun files still have to bring. A
participant, a network and a competition may each hold a share of it.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mycenas.uploads.quotas import Quota, RetryLater
from mycenas.uploads.requests import Limits

# Total idle time after which a client counts as slow and loses its slot.
SLOW_CLIENT_SECONDS = 0.25

Read = Callable[[], Awaitable[bytes | None]]


class UploadSlots:
    """The slots of this process; every request that carries a file acquires one."""

    def __init__(self, limits: Limits) -> None:
        self.waiting = 0
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.files_at_once)
        self._bandwidth = BandwidthLimiter(limits.bytes_per_second)

    @property
    def is_full(self) -> bool:
        """Whether the next file has to wait for a slot."""
        return self._slots.locked()

    async def acquire(self) -> UploadSlot:
        """Wait for a slot, first come first served; ``RetryLater`` if it takes long."""
        if self.is_full:
            await self._wait()
        else:
            await self._slots.acquire()
        return UploadSlot(self._slots, self._bandwidth)

    async def _wait(self) -> None:
        if self.waiting >= self._limits.queue_length:
            raise self._busy()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._limits.queue_seconds):
                await self._slots.acquire()
        except TimeoutError as error:
            raise self._busy() from error
        finally:
            self.waiting -= 1

    def _busy(self) -> RetryLater:
        """Spread the retries over time."""
        longest = self._limits.queue_seconds
        wait = math.ceil(random.uniform(longest / 2, longest * 3 / 2))  # noqa: S311
        quota = Quota(
            "files",
            limit=self._limits.files_at_once,
            seconds=max(1, wait),
            unit="concurrent-requests",
        )
        sentence = _(
            "Very many files are arriving just now. Your arrival is recorded. Send the "
            "file again in %(seconds)s seconds."
        )
        return RetryLater(quota, sentence % {"seconds": quota.seconds}, code="busy")


class UploadSlot:
    """One arriving file: ``read`` its bytes, and call ``end`` whatever happens."""

    def __init__(self, slots: asyncio.Semaphore, bandwidth: BandwidthLimiter) -> None:
        self.is_held = True
        self._slots = slots
        self._bandwidth = bandwidth
        self._loop = asyncio.get_running_loop()
        self._idle = 0.0
        self._idle_since: float | None = None
        self._timer = self._loop.call_later(SLOW_CLIENT_SECONDS, self._check)

    async def read(self, read: Read) -> bytes | None:
        """What ``read`` returns, as soon as the bandwidth allows."""
        await self._bandwidth.wait()
        self._idle_since = began = self._loop.time()
        try:
            data = await read()
        finally:
            self._idle_since = None
            self._idle += self._loop.time() - began
        self._bandwidth.count(len(data or b""))
        return data

    def end(self) -> None:
        """Release the slot; may be called more than once."""
        self._timer.cancel()
        if self.is_held:
            self.is_held = False
            self._slots.release()

    def _check(self) -> None:
        """Release the slot of a slow client. One timer per file, not one per read."""
        since, now = self._idle_since, self._loop.time()
        idle = self._idle + (now - since if since is not None else 0.0)
        if idle >= SLOW_CLIENT_SECONDS:
            self.end()
        else:
            self._timer = self._loop.call_later(SLOW_CLIENT_SECONDS - idle, self._check)


class BandwidthLimiter:
    """Reads at most so many bytes a second, 0 for no limit; readers queue."""

    def __init__(self, bytes_per_second: int) -> None:
        self._rate = bytes_per_second
        self._queue = asyncio.Lock()
        self._free_at = 0.0

    async def wait(self) -> None:
        """Wait until the bytes read before are within the rate."""
        if not self._rate:
            return
        async with self._queue:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, self._free_at - now))

    def count(self, size: int) -> None:
        """Count the bytes of one read."""
        if self._rate:
            now = asyncio.get_running_loop().time()
            self._free_at = max(now, self._free_at) + size / self._rate


# An operator has to make room.
FULL_SECONDS = 300
# Files that began before are complete by then.
SHARE_SECONDS = 10

FULL = gettext_noop(
    "The site has no room for this file just now: %(found)s bytes may come and "
    "%(limit)s bytes are free. Your arrival is recorded. Send the file again in "
    "%(seconds)s seconds, or tell the organizers."
)
# Of a participant, a network and a competition.
SHARES: tuple[tuple[float, str], ...] = (
    (
        1 / 4,
        gettext_noop(
            "With this file %(found)s bytes of yours would be on their way at once; "
            "the limit is %(limit)s. Your arrival is recorded. Send the file again in "
            "%(seconds)s seconds."
        ),
    ),
    (
        1 / 2,
        gettext_noop(
            "With this file %(found)s bytes from your network would be on their way "
            "at once; the limit is %(limit)s. Your arrival is recorded. Send the file "
            "again in %(seconds)s seconds."
        ),
    ),
    (
        3 / 4,
        gettext_noop(
            "With this file %(found)s bytes for this competition would be on their "
            "way at once; the limit is %(limit)s. Your arrival is recorded. Send the "
            "file again in %(seconds)s seconds."
        ),
    ),
)


class Counted(Protocol):
    """Counts the bytes of a file as they arrive."""

    size: int


@dataclass(frozen=True)
class DiskClaim:
    """The disk space that a file needs.

    ``coming`` bytes come in this request, ``whole`` are missing in all; ``free`` are
    left on the disk.
    """

    free: int
    coming: int
    whole: int
    participant: str
    network: str
    competition: str


class DiskQuota:
    """The space that files arriving at this process still need."""

    def __init__(self) -> None:
        self._reserved: set[ReservedSpace] = set()

    def reserve(self, claim: DiskClaim, counted: Counted) -> ReservedSpace:
        """Reserve space for a file that begins; ``RetryLater`` if there is none."""
        total, shares = self._sums(claim)
        free = max(0, claim.free - total)
        if claim.whole > free:
            raise _later("storage_full", FULL, FULL_SECONDS, claim.whole, free)
        for held, (share, sentence) in zip(shares, SHARES, strict=True):
            limit = int(claim.free * share)
            # A holder of nothing may always begin one file.
            if held and held + claim.coming > limit:
                found = held + claim.coming
                raise _later("storage_share", sentence, SHARE_SECONDS, found, limit)
        space = ReservedSpace(self._reserved, claim, counted)
        self._reserved.add(space)
        return space

    def _sums(self, claim: DiskClaim) -> tuple[int, tuple[int, int, int]]:
        """The space of all files, and of the same participant, network, competition."""
        total = participant = network = competition = 0
        for space in self._reserved:
            left, other = space.left, space.claim
            total += left
            participant += left if other.participant == claim.participant else 0
            network += left if other.network == claim.network else 0
            competition += left if other.competition == claim.competition else 0
        return total, (participant, network, competition)


class ReservedSpace:
    """Space for one file; call ``end`` whatever becomes of the file."""

    def __init__(
        self, among: set[ReservedSpace], claim: DiskClaim, counted: Counted
    ) -> None:
        self.claim = claim
        self._among = among
        self._counted = counted
        self._before = counted.size

    @property
    def left(self) -> int:
        """Bytes that have not arrived; the others are on the disk."""
        return max(0, self.claim.coming - (self._counted.size - self._before))

    def end(self) -> None:
        """Release the space; may be called more than once."""
        self._among.discard(self)


def _later(
    code: str, sentence: str, seconds: int, found: int, limit: int
) -> RetryLater:
    quota = Quota("storage", limit=limit, remaining=limit, seconds=seconds)
    numbers = {"found": f"{found:,}", "limit": f"{limit:,}", "seconds": seconds}
    return RetryLater(quota, _(sentence) % numbers, code=code, found=found, limit=limit)
