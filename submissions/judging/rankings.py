"""The ranking of a juror, whose places are scores of the entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mycenas.core.audit.actor import with_actor
from submissions.judging.models import Assignment, Juror, Score
from submissions.judging.states import AssignmentState

PLACE, DRAFT = "place", "draft"
LAST = "last"
MOST_PLACES = 9999


@dataclass(frozen=True)
class Placed:
    """What is saved of one entry; ``place`` is a number, "last" or nothing."""

    version: int = 0
    place: str = ""
    is_complete: bool = False


def places_of(seat: Juror) -> dict[int, Placed]:
    """The last versions by the key of the assignment, read as the actor."""
    with with_actor():
        rows = Score.objects.filter(assignment__juror=seat)
        rows = rows.order_by("assignment_id", "-version").distinct("assignment_id")
        return {
            row.assignment_id: Placed(
                row.version,
                row.given.get(PLACE) or row.given.get(DRAFT, ""),
                row.is_complete,
            )
            for row in rows
        }


def save_ranking(
    seat: Juror, places: Mapping[Assignment, str], *, after: Mapping[int, int]
) -> bool:
    """Save the places, and return whether the ranking counts.

    It counts once each entry has a place, except those that the juror abstains from; a
    place takes that back. ``after`` has the versions that the page
    showed, by the keys of the assignments: PostgreSQL refuses a ranking that another
    window has saved meanwhile. The same form sent twice is saved once.
    """
    asked = {pair: place for pair, place in places.items() if is_asked(pair, place)}
    counts = all(asked.values())
    with with_actor():
        saved = places_of(seat)
        new = [
            Score(
                assignment=pair,
                version=after[pair.pk] + 1,
                given={PLACE if counts else DRAFT: place} if place else {},
            )
            for pair, place in asked.items()
            if pair.state == AssignmentState.ABSTAINED
            or not _is_saved(saved.get(pair.pk), place, after[pair.pk], counts=counts)
        ]
        # One statement: two entries may exchange their places.
        Score.objects.bulk_create(new)
    return counts


def is_asked(pair: Assignment, place: str) -> bool:
    """Whether the ranking needs a place of the entry, or has one."""
    return bool(place) or pair.state != AssignmentState.ABSTAINED


def _is_saved(now: Placed | None, place: str, after: int, *, counts: bool) -> bool:
    if now is None:
        return not place
    is_same = (now.place, now.is_complete) == (place, counts and bool(place))
    return is_same and now.version in (after, after + 1)
