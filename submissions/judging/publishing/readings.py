"""What jurors said, as the readings of the document that is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from submissions.judging.comparing import BETTER, OTHER
from submissions.judging.models import Assignment, Round, Score
from submissions.judging.rankings import LAST, PLACE
from submissions.judging.states import AssignmentState, Better, Method

# Names of entries or jurors in the document, by primary key.
Names = dict[int, str]
Pair = tuple[str, str]
Reading = dict[str, Any]


class Said(NamedTuple):
    """The last complete score of a juror for an entry."""

    juror: str
    entry: str
    given: dict[str, Any]


def readings_of(
    this: Round, entries: Names, jurors: Names, recused: set[Pair]
) -> Iterator[Reading]:
    """The readings of all pairs that count, as the method of the round has them."""
    said = [
        one
        for one in _said(this, entries, jurors)
        if (one.juror, one.entry) not in recused
    ]
    if this.method in (Method.BORDA, Method.STV):
        return _ballots(said, is_stv=this.method == Method.STV)
    if this.method == Method.BRADLEY_TERRY:
        left_out = recused | set(_abstained(this, entries, jurors))
        return _comparisons(said, entries, left_out)
    return (_reading(this, one) for one in said)


def _said(this: Round, entries: Names, jurors: Names) -> Iterator[Said]:
    """In the order in which the scores were given."""
    rows = Score.objects.filter(
        assignment__round=this,
        assignment__state=AssignmentState.SCORED,
        assignment__submission__in=entries,
        is_complete=True,
    )
    rows = rows.order_by("assignment_id", "-version").distinct("assignment_id")
    found = rows.values_list(
        "pk", "assignment__juror", "assignment__submission", "given"
    )
    for _, juror, entry, given in sorted(found, key=lambda row: row[0]):
        yield Said(jurors[juror], entries[entry], given)


def _abstained(this: Round, entries: Names, jurors: Names) -> Iterator[Pair]:
    rows = Assignment.objects.filter(
        round=this, state=AssignmentState.ABSTAINED, submission__in=entries
    )
    for juror, entry in rows.values_list("juror", "submission"):
        yield jurors[juror], entries[entry]


def _reading(this: Round, one: Said) -> Reading:
    head = {"juror": one.juror, "entry": one.entry}
    if this.method == Method.WEIGHTED:
        return head | {"values": {key: str(value) for key, value in one.given.items()}}
    return head | {"vote": one.given["vote"]}


def _ballots(said: list[Said], *, is_stv: bool) -> Iterator[Reading]:
    """One ballot of each juror; one that compares nothing says nothing."""
    placed: dict[str, list[tuple[int, str]]] = defaultdict(list)
    rest: dict[str, list[str]] = defaultdict(list)
    for one in said:
        place = one.given[PLACE]
        if place == LAST:
            rest[one.juror].append(one.entry)
        else:
            placed[one.juror].append((int(place), one.entry))
    for juror in sorted(placed.keys() | rest.keys()):
        ranking = [entry for _, entry in sorted(placed[juror])]
        if is_stv and ranking:
            yield {"juror": juror, "count": 1, "ranking": ranking}
        elif ranking and not is_stv and len(ranking) + len(rest[juror]) > 1:
            unranked = sorted(rest[juror])
            yield {"juror": juror, "ranking": ranking, "unranked": unranked}


def _comparisons(
    said: list[Said], entries: Names, left_out: set[Pair]
) -> Iterator[Reading]:
    """One of each two entries of a juror; of two comparisons, the later one counts."""
    found: dict[tuple[str, str, str], str] = {}
    for one in said:
        other = entries.get(int(one.given[OTHER]))
        if other is None or (one.juror, other) in left_out:
            continue
        winners = {Better.THIS: one.entry, Better.OTHER: other, Better.EQUAL: ""}
        first, second = sorted((one.entry, other))
        found[one.juror, first, second] = winners[Better(one.given[BETTER])]
    for (juror, first, second), winner in found.items():
        yield {"juror": juror, "first": first, "second": second, "winner": winner}
