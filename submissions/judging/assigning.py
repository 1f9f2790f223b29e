"""Which juror reads which entry: a flow of least cost, the same for the same seed.

Each reading flows from its entry through a juror to the sink. A juror's load costs its
square, so that the cheapest flow has the most even loads; below that, each pair has a
small cost of its own from the seed, so that the same jurors do not meet again and again
and all jurors can be compared. What is already read stays where it is.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

Pair = tuple[str, str]
# Costs of pairs are below this number.
_CHOICES = 256


class CannotAssignError(ValueError):
    """No plan exists; ``reasons`` has a sentence for entries that lack readings."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__(" ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True)
class Wanted:
    """What a plan must keep to; all pairs are of a juror and an entry.

    ``kept`` are readings that were begun, also by absent jurors. They count, and
    are never moved. ``jurors`` take part in what is still to be assigned.
    """

    entries: Collection[str]
    jurors: Collection[str]
    readings: int
    seed: bytes
    conflicts: Collection[Pair] = frozenset()
    kept: Collection[Pair] = frozenset()
    most_per_juror: int | None = None


def assign(wanted: Wanted) -> list[Pair]:
    """The whole plan, sorted, with what is kept; loads are as even as can be."""
    against = sorted(set(wanted.kept) & set(wanted.conflicts))
    if against:
        juror, entry = against[0]
        raise ValueError(f"{juror} has a conflict with {entry}, but keeps it.")
    network = _Network(wanted)
    reasons = network.too_few()
    if reasons:
        raise CannotAssignError(reasons)
    for even in (True, False):
        try:
            plan = network.cheapest(even=even)
        except _networkx().NetworkXUnfeasible:
            continue
        return sorted({*wanted.kept, *plan})
    raise CannotAssignError(network.too_full())


def _networkx() -> Any:
    # A tenth of a second at the start of each process; only a plan needs it.
    import networkx  # noqa: PLC0415

    return networkx


class _Network:
    """Nodes are entries, jurors and the sink; arcs are what may still be assigned."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.entries, self.jurors = sorted(wanted.entries), sorted(wanted.jurors)
        read = Counter(entry for _, entry in set(wanted.kept))
        self.needs = {one: max(0, wanted.readings - read[one]) for one in self.entries}
        self.load = Counter(juror for juror, _ in set(wanted.kept))
        self.barred = set(wanted.conflicts)
        taken = self.barred | set(wanted.kept)
        self.pairs = [
            (juror, entry)
            for entry in self.entries
            for juror in self.jurors
            if self.needs[entry] and (juror, entry) not in taken
        ]
        self.possible = Counter(entry for _, entry in self.pairs)

    def room(self, juror: str) -> int:
        """How many more entries the juror may get."""
        most = self.wanted.most_per_juror
        least = len(self.entries) if most is None else most - self.load[juror]
        return max(0, least)

    def too_few(self) -> dict[str, str]:
        """Entries that too few jurors may read, however few other entries there are."""
        reasons = {}
        for entry, need in self.needs.items():
            if self.possible[entry] < need:
                barred = sum((one, entry) in self.barred for one in self.jurors)
                reasons[entry] = (
                    f"{entry} needs {need} more readings, but only "
                    f"{self.possible[entry]} of {len(self.jurors)} jurors may still "
                    f"read it; {barred} have a conflict."
                )
        return reasons

    def too_full(self) -> dict[str, str]:
        """Entries that lack readings when every juror reads as much as possible."""
        graph = _networkx().DiGraph()
        for entry, need in self.needs.items():
            graph.add_edge("source", ("entry", entry), capacity=need)
        for juror, entry in self.pairs:
            graph.add_edge(("entry", entry), ("juror", juror), capacity=1)
        for juror in self.jurors:
            graph.add_edge(("juror", juror), "sink", capacity=self.room(juror))
        _, flow = _networkx().maximum_flow(graph, "source", "sink")
        lacking = {
            entry: need - flow["source"][("entry", entry)]
            for entry, need in self.needs.items()
        }
        return {
            entry: f"{entry} lacks {lack} of {self.wanted.readings} readings: the "
            f"{self.possible[entry]} jurors who may still read it are full, with at "
            f"most {self.wanted.most_per_juror} entries each."
            for entry, lack in lacking.items()
            if lack
        }

    def cheapest(self, *, even: bool) -> list[Pair]:
        """The pairs of the cheapest flow; ``even`` looks at loads within one only."""
        total = sum(self.needs.values())
        graph = _networkx().MultiDiGraph()
        graph.add_node("sink", demand=total)
        for entry, need in self.needs.items():
            graph.add_node(("entry", entry), demand=-need)
        for juror, entry in self.pairs:
            cost = _cost(self.wanted.seed, juror, entry)
            graph.add_edge(("entry", entry), ("juror", juror), capacity=1, weight=cost)
        # More than all pairs together can cost.
        unit = _CHOICES * (total + 1)
        for juror in self.jurors:
            for capacity, cost in self._arcs(juror, even=even):
                arc = {"capacity": capacity, "weight": cost * unit}
                graph.add_edge(("juror", juror), "sink", **arc)
        _, flow = _networkx().network_simplex(graph)
        return [
            (juror, entry)
            for juror, entry in self.pairs
            if flow[("entry", entry)][("juror", juror)][0]
        ]

    def _arcs(self, juror: str, *, even: bool) -> Iterator[tuple[int, int]]:
        """Capacities and costs: the differences of the squares of the loads."""
        load, room = self.load[juror], self.room(juror)
        if even:
            known = sum(self.load[one] for one in self.jurors)
            level = (known + sum(self.needs.values())) // max(1, len(self.jurors))
            below = max(0, min(room, level - load))
            yield below, 0
            yield min(room - below, int(load <= level)), 1
            return
        for number in range(load, load + room):
            yield 1, 2 * number + 1


def _cost(seed: bytes, juror: str, entry: str) -> int:
    return hmac.digest(seed, f"{juror}\n{entry}".encode(), "sha256")[0]
