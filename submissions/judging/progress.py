"""How far a juror is in the own queue, and what comes next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from submissions.judging.models import Assignment
from submissions.judging.states import AssignmentState as A


@dataclass(frozen=True)
class Progress:
    """Entries of a queue by what their juror did."""

    waiting: int
    scored: int
    abstained: int

    @property
    def total(self) -> int:
        return self.waiting + self.scored + self.abstained

    @property
    def done(self) -> int:
        return self.scored + self.abstained


def progress_of(states: list[str]) -> Progress:
    count = Counter(states)
    return Progress(count[A.ASSIGNED], count[A.SCORED], count[A.ABSTAINED])


def next_position(pairs: list[Assignment], after: int) -> int | None:
    """The position of the next entry to score behind ``after``, else of the first."""
    waiting = [pair.position for pair in pairs if pair.state == A.ASSIGNED]
    behind = [position for position in waiting if position > after]
    return next(iter(behind or waiting), None)
