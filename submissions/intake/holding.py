"""Room on the disk for files on their way in: taken with their first byte.

An arrival takes no room, however large a file it has announced. What counts are the
bytes that are free when a file begins, less those that begun files still have to bring.
A person, a network and a competition may hold a share of that, which leaves the rest to
others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from submissions.intake.quotas import Delay, Quota
from submissions.intake.refusals import Later, gettext_noop

# An operator has to make room.
FULL_SECONDS = 300
# Files that came first are in.
SHARE_SECONDS = 10

FULL = gettext_noop(
    "The site has no room for this file just now: %(found)s bytes may come and "
    "%(limit)s bytes are free. Your arrival is recorded. Send the file again in "
    "%(seconds)s seconds, or tell the organizers."
)
# Of a person, a network and a competition.
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
    """Counts the bytes of a file as they come."""

    size: int


@dataclass(frozen=True)
class Wish:
    """What a file would take; the page reports it before the bytes.

    ``coming`` bytes come now, ``whole`` are missing in all; ``free`` are left.
    """

    free: int
    coming: int
    whole: int
    person: str
    network: str
    competition: str

    def written(self) -> str:
        """As the value of a header."""
        return json.dumps(vars(self))

    @classmethod
    def read(cls, value: str) -> Wish | None:
        return cls(**json.loads(value)) if value else None


class Room:
    """What files on their way in this process still have to bring."""

    def __init__(self) -> None:
        self._holds: set[Hold] = set()

    def take(self, wish: Wish, counted: Counted) -> Hold:
        """Hold room for a file that begins; Later if there is none."""
        held, shares = self._held(wish)
        free = max(0, wish.free - held)
        if wish.whole > free:
            raise _later("storage_full", FULL, FULL_SECONDS, wish.whole, free)
        for held, (share, sentence) in zip(shares, SHARES, strict=True):
            limit = int(wish.free * share)
            # Who holds nothing may always begin one file.
            if held and held + wish.coming > limit:
                found = held + wish.coming
                raise _later("storage_share", sentence, SHARE_SECONDS, found, limit)
        hold = Hold(self._holds, wish, counted)
        self._holds.add(hold)
        return hold

    def _held(self, wish: Wish) -> tuple[int, tuple[int, int, int]]:
        """What all files, and those of the same person, network and competition hold.

        In the order of ``SHARES``.
        """
        every = person = network = competition = 0
        for hold in self._holds:
            left, of = hold.left, hold.wish
            every += left
            person += left if of.person == wish.person else 0
            network += left if of.network == wish.network else 0
            competition += left if of.competition == wish.competition else 0
        return every, (person, network, competition)


class Hold:
    """Room for one file; ``end`` it whatever becomes of the file."""

    def __init__(self, among: set[Hold], wish: Wish, counted: Counted) -> None:
        self.wish = wish
        self._among = among
        self._counted = counted
        self._before = counted.size

    @property
    def left(self) -> int:
        """Bytes that did not come yet; those that did are on the disk."""
        return max(0, self.wish.coming - (self._counted.size - self._before))

    def end(self) -> None:
        """Give the room to others; may be called more than once."""
        self._among.discard(self)


def _later(code: str, sentence: str, seconds: int, found: int, limit: int) -> Later:
    quota = Quota("storage", limit=limit, remaining=limit, seconds=seconds)
    return Later(Delay(code, sentence, quota, {"found": found, "limit": limit}))
