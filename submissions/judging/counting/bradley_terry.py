"""Pairwise comparison: Bradley and Terry's model (Biometrika 39, 1952).

Entry i is preferred to entry j with the odds of their strengths. A fixed prior keeps
strengths finite where an entry won or lost all: one draw of each entry with an
imaginary entry of strength 1. A draw counts as half a win for both. The most probable
strengths are found by Hunter's iteration (MM algorithms for generalized Bradley-Terry
models, Annals of Statistics 32, 2004, equation 3) in decimals of ``DIGITS`` digits.

The points are natural logarithms of strengths, rounded to nine places. Entries that no
chain of comparisons connects cannot be compared: each group has a ranking of its own.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

from submissions.judging.counting.groups import linked_groups
from submissions.judging.counting.inputs import (
    CountingError,
    Inputs,
    read_inputs,
    require_fields,
    require_new,
    require_reading,
    require_ties,
)
from submissions.judging.counting.ranking import ranked, write_ranking

NAME, VERSION = "bradley_terry", 1
TIES = ("wins",)
DIGITS, PLACES_OF_POINTS = 34, Decimal("1e-9")
# The iteration ends when no strength changes by more than this share of itself.
CHANGE, MOST_ROUNDS = Decimal("1e-16"), 200_000
HALF = Decimal("0.5")

# How often each pair was compared, by entry and other entry.
Met = dict[str, dict[str, int]]


def count(data: bytes) -> bytes:
    inputs = read_inputs(data, NAME, VERSION)
    require_fields(inputs.parameters, {}, "The parameters")
    require_ties(inputs, TIES)
    met, wins = _compared(inputs)
    pairs = [(one, other) for one, others in met.items() for other in others]
    groups = linked_groups(pairs)
    rows: list[dict[str, Any]] = []
    for number, group in enumerate(groups, 1):
        strengths = _strengths(group, met, wins)
        keys = {
            one: [Fraction(points), *_ties(inputs, met[one], wins[one])]
            for one, points in strengths.items()
        }
        rows += [row | {"group": number} for row in ranked(inputs, keys)]
    readers = [
        (row["juror"], one)
        for row in inputs.readings
        for one in (row["first"], row["second"])
    ]
    details = {"connected": len(groups) == 1, "groups": groups}
    return write_ranking(inputs, rows, readers, details)


def _compared(inputs: Inputs) -> tuple[Met, dict[str, Decimal]]:
    met: Met = defaultdict(lambda: defaultdict(int))
    wins: dict[str, Decimal] = defaultdict(Decimal)
    seen: set[str] = set()
    fields = dict.fromkeys(("juror", "first", "second", "winner"), str)
    for row in inputs.readings:
        require_fields(row, fields, "A comparison")
        juror, one, other = row["juror"], row["first"], row["second"]
        require_reading(inputs, juror, [one, other])
        if one >= other or row["winner"] not in (one, other, ""):
            raise CountingError(f"{juror} compared {one} with {other} wrongly.")
        seen.add(require_new(f"{one} with {other} of {juror}", seen))
        met[one][other] += 1
        met[other][one] += 1
        for winner in [row["winner"]] * 2 if row["winner"] else [one, other]:
            wins[winner] += HALF
    return met, wins


def _ties(inputs: Inputs, met: dict[str, int], wins: Decimal) -> list[Fraction]:
    """The share of its comparisons that an entry won."""
    return [Fraction(wins) / sum(met.values()) for _ in inputs.ties]


def _strengths(
    group: list[str], met: Met, wins: dict[str, Decimal]
) -> dict[str, Decimal]:
    """Logarithms of the most probable strengths, from all equal ones on."""
    with localcontext(Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)):
        found = dict.fromkeys(group, Decimal(1))
        for _ in range(MOST_ROUNDS):
            better = _scaled({one: _better(one, found, met, wins) for one in group})
            change = max(abs(better[one] / found[one] - 1) for one in group)
            found = better
            if change <= CHANGE:
                return {
                    one: p.ln().quantize(PLACES_OF_POINTS) for one, p in found.items()
                }
    raise CountingError("The strengths did not settle.")


def _better(
    one: str, found: dict[str, Decimal], met: Met, wins: dict[str, Decimal]
) -> Decimal:
    """Hunter's step: wins divided by the sum of comparisons over summed strengths."""
    mine = found[one]
    weight = 1 / (mine + 1)
    for other, times in met[one].items():
        weight += times / (mine + found[other])
    return (wins[one] + HALF) / weight


def _scaled(strengths: dict[str, Decimal]) -> dict[str, Decimal]:
    """All multiplied by one number, which the iteration would find only slowly.

    In the end, wins against the imaginary entry must add up to half of these draws:
    the sum of p / (1 + p). One step of Newton's method for the logarithm.
    """
    shares = [strength / (strength + 1) for strength in strengths.values()]
    surplus = sum(shares) - HALF * len(shares)
    factor = (-surplus / sum(share * (1 - share) for share in shares)).exp()
    return {one: strength * factor for one, strength in strengths.items()}
