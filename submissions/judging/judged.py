"""How many jurors are done with an entry, for its artist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Q

from submissions.judging.models import Assignment
from submissions.judging.states import AssignmentState, RoundState
from submissions.models import Submission
from submissions.states import SubmissionState

DONE = (AssignmentState.SCORED, AssignmentState.ABSTAINED)
# Afterwards the place of the entry says more.
RUNNING = (RoundState.OPEN, RoundState.CLOSED)


@dataclass(frozen=True)
class Judged:
    """The number of jurors who scored the entry or abstained, of all who got it."""

    done: int
    jurors: int
    round_name: str


def judged_of(entries: Iterable[Submission]) -> dict[int, list[Judged]]:
    """What running rounds have done with accepted entries, by their keys.

    One statement for all of them, and none where no entry is accepted. It reads no
    score.
    """
    accepted = [one.pk for one in entries if one.state == SubmissionState.APPROVED]
    found: defaultdict[int, list[Judged]] = defaultdict(list)
    for entry, done, jurors, name in _counted(accepted) if accepted else ():
        found[entry].append(Judged(done, jurors, name))
    return dict(found)


def _counted(entries: list[int]) -> Iterator[tuple[int, int, int, str]]:
    rows = Assignment.objects.filter(
        submission__in=entries,
        round__state__in=RUNNING,
        round__competition__cancelled_at=None,
    )
    counted = rows.exclude(state=AssignmentState.VOID).values(
        "submission", "round__name", "round__position", "round"
    )
    done = Count("pk", filter=Q(state__in=DONE))
    by_round = counted.order_by("round__position", "round")
    for row in by_round.annotate(done=done, jurors=Count("pk")):
        yield row["submission"], row["done"], row["jurors"], row["round__name"]
