"""Single transferable vote by the Scottish Local Government Elections Order 2007.

The rules are those of SSI 2007/42, schedule 1; each function names its rule. Votes are
whole numbers of 1/100,000, the five decimal places of rule 48. What the Order leaves to
the lot (rules 49 and 51) is decided by the committed draw: the entry that was drawn
earlier is treated better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from submissions.judging.counting.inputs import (
    CountingError,
    Inputs,
    read_inputs,
    require_fields,
    require_reading,
    require_ties,
)
from submissions.judging.counting.ranking import ranking_row, write_ranking

NAME, VERSION = "stv", 1
ONE = 100_000


class Count:
    """One count: parcels of papers by entry, and the votes at the end of each stage."""

    def __init__(self, inputs: Inputs, seats: int) -> None:
        """The first stage (rule 45) and the quota (rule 46)."""
        self.drawn = {entry: number for number, entry in enumerate(inputs.draw)}
        self.continuing = set(inputs.entries)
        self.seats, self.elected = seats, list[str]()
        # Papers with their remaining preferences, number and value, by their holder.
        self.parcels: dict[str, list[tuple[list[str], int, int]]]
        self.parcels = {entry: [] for entry in inputs.entries}
        self.votes = dict.fromkeys(inputs.entries, 0)
        self.stages: list[dict[str, Any]] = []
        self.history: list[dict[str, int]] = []
        self.excluded: list[str] = []
        self.lots: list[str] = []
        self.spent = 0
        for row in inputs.readings:
            self.give(row["ranking"], row["count"], ONE)
        papers = sum(row["count"] for row in inputs.readings)
        self.quota = (papers // (seats + 1) + 1) * ONE
        self.total = papers * ONE
        self.end_stage("first preferences", "")

    def give(self, preferences: list[str], number: int, value: int) -> None:
        """Credit papers to the next available preference (rules 48 and 50)."""
        for place, entry in enumerate(preferences):
            if entry in self.continuing:
                self.parcels[entry].append((preferences[place + 1 :], number, value))
                self.votes[entry] += number * value
                return
        self.spent += number * value

    def end_stage(self, act: str, entry: str) -> None:
        """Deem elected what has the quota (rule 47), and record the stage."""
        reached = [one for one in self.continuing if self.votes[one] >= self.quota]
        self.history.append(dict(self.votes))
        self.elect(reached)
        lost = self.total - sum(self.votes.values()) - self.spent
        self.stages.append(
            {
                "act": act,
                "entry": entry,
                "votes": {one: five_places(n) for one, n in self.votes.items()},
                "elected": self.elected[len(self.elected) - len(reached) :],
                "drawn": self.lots,
                "not_transferable": five_places(self.spent),
                "lost_by_rounding": five_places(lost),
            }
        )

    def elect(self, entries: list[str]) -> None:
        self.elected += sorted(entries, key=self.standing, reverse=True)
        self.continuing -= set(entries)

    def standing(self, entry: str) -> tuple[list[int], int]:
        """Votes now, at the most recent stages before, and at last the draw."""
        return [votes[entry] for votes in reversed(self.history)], -self.drawn[entry]

    def extreme(self, entries: Iterable[str], pick: Callable[..., str]) -> str:
        """The highest or lowest; where only the draw decides, say so (49, 51)."""
        chosen = pick(entries, key=self.standing)
        votes = self.standing(chosen)[0]
        equal = sorted(one for one in entries if self.standing(one)[0] == votes)
        self.lots = equal if len(equal) > 1 else []
        return chosen

    def run(self) -> None:
        """Go on until the last vacancies can be filled without transfer (rule 52)."""
        while len(self.elected) < self.seats:
            if len(self.continuing) <= self.seats - len(self.elected):
                last = sorted(self.continuing, key=self.standing, reverse=True)
                self.stages[-1]["elected"] += last
                self.elect(last)
                return
            above = [one for one in self.elected if self.votes[one] > self.quota]
            if above:
                self.transfer_surplus(self.extreme(above, max))
            else:
                self.exclude(self.extreme(self.continuing, min))

    def transfer_surplus(self, entry: str) -> None:
        """The highest surplus first, each paper at its reduced value (rules 48, 49)."""
        held, surplus = self.votes[entry], self.votes[entry] - self.quota
        self.votes[entry] = self.quota
        for preferences, number, value in self.take(entry):
            # To five decimal places, any remainder being ignored: rule 48 (3).
            self.give(preferences, number, surplus * value // held)
        self.end_stage("surplus transferred", entry)

    def exclude(self, entry: str) -> None:
        """The entry with the fewest votes; its papers keep their value (rule 50)."""
        self.continuing.remove(entry)
        self.excluded.append(entry)
        self.votes[entry] = 0
        for preferences, number, value in self.take(entry):
            self.give(preferences, number, value)
        self.end_stage("excluded", entry)

    def take(self, entry: str) -> list[tuple[list[str], int, int]]:
        parcels, self.parcels[entry] = self.parcels[entry], []
        return parcels


def five_places(votes: int) -> str:
    return f"{votes // ONE}.{votes % ONE:05}"


def count(data: bytes) -> bytes:
    """The ranking: elected entries in the order of their election, then the others."""
    inputs = read_inputs(data, NAME, VERSION)
    require_fields(inputs.parameters, {"seats": int}, "The parameters")
    require_ties(inputs, ())
    seats = inputs.parameters["seats"]
    if not 1 <= seats <= len(inputs.entries):
        raise CountingError(f"{seats} seats for {len(inputs.entries)} entries.")
    for row in inputs.readings:
        _check(inputs, row)
    counted = Count(inputs, seats)
    counted.run()
    readers = {(row["juror"], one) for row in inputs.readings for one in row["ranking"]}
    details = {
        "quota": five_places(counted.quota),
        "elected": counted.elected,
        "stages": counted.stages,
    }
    rows = _rows(counted)
    return write_ranking(inputs, rows, readers, details)


def _check(inputs: Inputs, row: Any) -> None:
    """A paper: ``count`` equal ones, with different entries in order of preference."""
    fields = {"juror": str, "count": int, "ranking": list}
    require_fields(row, fields, "A paper")
    require_reading(inputs, row["juror"], row["ranking"])
    if row["count"] < 1:
        raise CountingError(
            f"A paper of {row['juror']} is counted {row['count']} times."
        )


def _rows(counted: Count) -> list[dict[str, Any]]:
    """Entries with the most votes that they had at the end of a stage."""
    others = sorted(counted.continuing, key=counted.standing, reverse=True)
    fates = [(one, "elected") for one in counted.elected]
    fates += [(one, "not elected") for one in others]
    fates += [(one, "excluded") for one in reversed(counted.excluded)]
    most = {one: max(votes[one] for votes in counted.history) for one, _ in fates}
    return [
        ranking_row(place, entry, Fraction(most[entry], ONE), fate)
        for place, (entry, fate) in enumerate(fates, 1)
    ]
