"""The document that a count makes: a ranking, and how it came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from mycenas.core.canonical import canonical_bytes
from submissions.judging.counting.inputs import Inputs

RANKING_FORMAT = "mycenas-ranking/1"
Row = dict[str, Any]
PLACES = 6


def mean(values: Iterable[Fraction]) -> Fraction:
    found = list(values)
    return sum(found, Fraction(0)) / len(found)


def shown(number: Fraction) -> str:
    """The number with six decimal places, half to even, for people to read."""
    scaled = round(number * 10**PLACES)
    whole, part = divmod(abs(scaled), 10**PLACES)
    return f"{'-' if scaled < 0 else ''}{whole}.{part:0{PLACES}}"


def ranked(inputs: Inputs, keys: dict[str, list[Fraction]]) -> list[Row]:
    """Rank by points, then by the tie-breaks of the round, then by the draw.

    ``keys`` has the points of each entry and its values for the tie-breaks, in their
    order; more is better in all of them. ``decided_by`` names what put an entry behind
    the one before it.
    """
    drawn = {entry: number for number, entry in enumerate(inputs.draw)}
    order = sorted(keys, key=lambda one: ([-key for key in keys[one]], drawn[one]))
    names = ["points", *inputs.ties, "draw"]
    decided = [""]
    for better, worse in pairwise(order):
        pairs = zip(keys[better], keys[worse], strict=True)
        same = next((n for n, (a, b) in enumerate(pairs) if a != b), len(names) - 1)
        decided.append(names[same])
    return [
        ranking_row(place, entry, keys[entry][0], reason)
        for place, (entry, reason) in enumerate(zip(order, decided, strict=False), 1)
    ]


def ranking_row(place: int, entry: str, points: Fraction, decided_by: str) -> Row:
    return {
        "place": place,
        "group": 1,
        "entry": entry,
        "points": shown(points),
        "exact": str(points),
        "decided_by": decided_by,
    }


def write_ranking(
    inputs: Inputs, rows: list[Row], readers: Iterable[tuple[str, str]], details: Any
) -> bytes:
    """The canonical bytes; each pair of a juror and an entry is one reading."""
    read = Counter(entry for _, entry in set(readers))
    short = [[one, read[one]] for one in inputs.entries if read[one] < inputs.quorum]
    document = {
        "format": RANKING_FORMAT,
        "method": inputs.method,
        "version": inputs.version,
        "inputs": inputs.digest,
        "ranking": rows,
        "unranked": sorted(set(inputs.entries) - {row["entry"] for row in rows}),
        "quorum": {"needed": inputs.quorum, "short": short},
        "details": details,
    }
    return canonical_bytes(document)
