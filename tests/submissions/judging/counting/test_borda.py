"""Borda's marks, also for ballots over different entries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.judging.counting.inputs import CountingError
from tests.submissions.judging.counting.rounds import order, points, ranking


def ballots(*rows):
    """Ballots like 'ABC', or 'A|BC' where the last ones are left unranked."""
    found = []
    for number, row in enumerate(rows):
        ranked, _, unranked = row.partition("|")
        ballot = {"ranking": list(ranked), "unranked": sorted(unranked)}
        found.append({"juror": f"J{number}", **ballot})
    return found


def test_complete_ballots_have_the_order_of_the_classic_marks():
    rows = ["ABC", "ABC", "BCA", "CBA"]
    found = ranking("borda", ballots(*rows))
    marks = {one: sum(2 - row.index(one) for row in rows) for one in "ABC"}
    assert marks == {"A": 4, "B": 5, "C": 3}
    assert points(found) == {"B": "5/8", "A": "1/2", "C": "3/8"}


def test_unranked_entries_share_the_last_places():
    assert points(ranking("borda", ballots("A|BCD"))) == {
        "A": "1", "B": "1/3", "C": "1/3", "D": "1/3",
    }  # fmt: skip


def test_a_recusal_takes_nothing_from_an_entry():
    """J1 may not read A; without the mean over its readers, A would fall behind."""
    found = ranking("borda", ballots("ABC", "BC"), recused=[("J1", "A")])
    assert points(found)["A"] == "1"
    assert order(found) == ["A", "B", "C"]


@given(st.lists(st.permutations("ABCD"), min_size=1, max_size=6), st.integers(2, 4))
def test_scaling_the_ballots_changes_nothing(rows, copies):
    once, often = (
        ranking("borda", ballots(*map("".join, rows * n)), ties=["most_firsts"])
        for n in (1, copies)
    )
    assert once["ranking"] == often["ranking"]


@pytest.mark.parametrize(
    ("tie", "first"), [("most_firsts", "A"), ("fewest_lasts", "B")]
)
def test_a_tie_goes_to_first_places_or_against_last_ones(tie, first):
    rows = ballots("ABC", "CBA")
    draw = ["C", "B", "A"] if first == "A" else ["C", "A", "B"]
    found = order(ranking("borda", rows, ties=[tie], draw=draw))
    assert found.index(first) < found.index("B" if first == "A" else "A")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (ballots("A"), "fewer than two"),
        (ballots("ABA"), "twice"),
        (ballots("A|AB"), "twice"),
        ([*ballots("AB"), *ballots("BA")], "twice"),
    ],
)
def test_odd_ballots_are_refused(rows, sentence):
    with pytest.raises(CountingError, match=sentence):
        ranking("borda", rows)
