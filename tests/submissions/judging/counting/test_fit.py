"""The fit is the exact least-squares solution."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given

from submissions.judging.counting.fit import adjusted, juror_groups, leniencies
from tests.submissions.judging.counting.rounds import tables


def exact(table):
    return {j: {e: Fraction(n) for e, n in row.items()} for j, row in table.items()}


def solution(table) -> dict[str, Fraction]:
    """All normal equations with their constraints, by plain Gauss and Jordan.

    Unknowns are the worth of each entry, the leniency of each juror, and a multiplier
    for each constraint: in each group the leniencies of all scores add up to zero.
    """
    entries = sorted({entry for row in table.values() for entry in row})
    groups = juror_groups(table)
    names = [*entries, *table, *range(len(groups))]
    place = {name: n for n, name in enumerate(names)}
    rows = [[Fraction(0)] * (len(names) + 1) for _ in names]
    for juror, row in table.items():
        for entry, value in row.items():
            for one in (entry, juror):
                rows[place[one]][-1] += value
                for other in (entry, juror):
                    rows[place[one]][place[other]] += 1
    for number, group in enumerate(groups):
        for juror in group:
            rows[place[number]][place[juror]] = Fraction(len(table[juror]))
            rows[place[juror]][place[number]] = Fraction(len(table[juror]))
    for n in range(len(rows)):
        pivot = next(row for row in rows[n:] if row[n])
        rows.remove(pivot)
        pivot = [value / pivot[n] for value in pivot]
        rows = [
            [a - row[n] * b for a, b in zip(row, pivot, strict=True)] for row in rows
        ]
        rows.insert(n, pivot)
    return {name: rows[n][-1] for name, n in place.items() if isinstance(name, str)}


@given(tables())
def test_the_fit_solves_the_normal_equations_exactly(table):
    scores = exact(table)
    expected = solution(scores)
    assert leniencies(scores) == {juror: expected[juror] for juror in scores}
    after = adjusted(scores)
    for entry in {entry for row in scores.values() for entry in row}:
        values = [row[entry] for row in after.values() if entry in row]
        assert sum(values) / len(values) == expected[entry]


def test_jurors_without_common_entries_are_groups_of_their_own():
    table = exact({"J1": {"A": 1}, "J2": {"B": 9}, "J3": {"A": 3, "C": 2}})
    assert juror_groups(table) == [["J1", "J3"], ["J2"]]
    found = leniencies(table)
    assert found["J2"] == 0
    assert found["J1"] + 2 * found["J3"] == 0


def test_no_scores_have_no_leniencies():
    assert leniencies({}) == {}
