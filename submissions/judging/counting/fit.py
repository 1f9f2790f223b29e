"""The additive two-way fit: score = worth of the entry + leniency of the juror.

Least squares, solved exactly. For each entry the best worth is the mean of its scores
less the leniency of their jurors; put into the sum of squares, this leaves one linear
equation for each juror (the reduced normal equations of a block design; Searle, Linear
Models, 1971, chapter 7). Jurors that no chain of common entries links cannot be
compared: in each such group the mean leniency over all scores is zero.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from submissions.judging.counting.groups import linked_groups

# The entries that each juror scored, with the scores.
Scores = dict[str, dict[str, Fraction]]


def by_entry(scores: Scores) -> Scores:
    """The same scores, by entry and then by juror."""
    turned: Scores = {}
    for juror, row in scores.items():
        for entry, value in row.items():
            turned.setdefault(entry, {})[juror] = value
    return turned


def juror_groups(scores: Scores) -> list[list[str]]:
    """Jurors who are linked by entries that they have in common."""
    rows = [list(row) for row in by_entry(scores).values()]
    return linked_groups((row[0], juror) for row in rows for juror in row)


def leniencies(scores: Scores) -> dict[str, Fraction]:
    """How far above the others each juror scores, for the same entries."""
    number = {juror: n for n, juror in enumerate(scores)}
    equations = [[Fraction(0)] * (len(scores) + 1) for _ in scores]
    for row in by_entry(scores).values():
        average = sum(row.values()) / Fraction(len(row))
        for juror, value in row.items():
            equation = equations[number[juror]]
            equation[-1] += value - average
            equation[number[juror]] += 1
            for other in row:
                equation[number[other]] -= Fraction(1, len(row))
    for group in juror_groups(scores):
        # The equations of a group add up to 0 = 0: its mean takes the place of one.
        equation = equations[number[group[0]]]
        equation[:] = [Fraction(0)] * len(equation)
        for juror in group:
            equation[number[juror]] = Fraction(len(scores[juror]))
    return dict(zip(scores, solved(equations), strict=True))


def adjusted(scores: Scores) -> Scores:
    """Each score less the leniency of its juror."""
    lenient = leniencies(scores)
    return {
        juror: {entry: value - lenient[juror] for entry, value in row.items()}
        for juror, row in scores.items()
    }


def solved(equations: list[list[Fraction]]) -> list[Fraction]:
    """Fraction-free elimination (Bareiss 1968); no principal minor here is zero."""
    rows = []
    for equation in equations:
        scale = lcm(*(value.denominator for value in equation))
        rows.append([int(value * scale) for value in equation])
    last = 1
    for n in range(len(rows)):
        first, *rest = rows[n]
        for m, (head, *tail) in enumerate(rows):
            left = [a * first - head * b for a, b in zip(tail, rest, strict=True)]
            rows[m] = [value // last for value in left] if m != n else rest
        last = first
    return [Fraction(right, last) for (right,) in rows]
