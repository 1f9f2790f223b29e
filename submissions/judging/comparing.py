"""Which two entries a juror compares."""

from __future__ import annotations

from submissions.judging.access import queue_of
from submissions.judging.models import Assignment, Juror
from submissions.judging.scoring import Saved
from submissions.judging.states import AssignmentState, Method

BETTER, OTHER = "better", "other"
COMPARED = (AssignmentState.ASSIGNED, AssignmentState.SCORED)


def compared_with(seat: Juror, pair: Assignment, saved: Saved) -> Assignment | None:
    """The entry that is shown beside this one, in a round that compares pairs."""
    if seat.round.method != Method.BRADLEY_TERRY:
        return None
    return other_of(pair, list(queue_of(seat)), saved.given.get(OTHER, ""))


def other_of(
    pair: Assignment, pairs: list[Assignment], saved: str
) -> Assignment | None:
    """The entry to compare with: what was saved, else the next one of the queue.

    Behind the last comes the first, so that comparisons connect all entries of a juror
    and each is compared twice. None if there is no other.

    Args:
        pair: the entry that is judged.
        pairs: the queue of its juror, in its order.
        saved: the key of the entry that it was compared with, or nothing.
    """
    others = [one for one in pairs if one.state in COMPARED and one.pk != pair.pk]
    for one in others:
        if str(one.submission_id) == saved:
            return one
    behind = [one for one in others if one.position > pair.position]
    return next(iter(behind or others), None)
