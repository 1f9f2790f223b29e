"""Disk space reserved by files whose bytes are arriving.

A reservation without bytes takes no space, whatever size it declares. What counts is
the free space when a file begins, less what begun files still have to bring. A
participant, a network and a competition may each hold a share of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mycenas.uploads.quotas import Quota, RetryLater

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
