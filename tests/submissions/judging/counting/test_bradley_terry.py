"""Strengths from comparisons, against choix."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from submissions.judging.counting.inputs import CountingError
from tests.submissions.judging.counting.rounds import comparisons, order, ranking


def by_choix(rows) -> dict[str, float]:
    """The likelihood with the prior as data: a draw with an imaginary entry.

    choix knows no draws: everything is there twice, and a draw is a win for both.
    """
    # With scipy: every process of a run would import it when it collects tests.
    import choix

    names = ["", *sorted({row[side] for row in rows for side in ("first", "second")})]
    number = {name: n for n, name in enumerate(names)}
    data = [pair for n in range(1, len(names)) for pair in ((0, n), (n, 0))]
    for row in rows:
        one, other = number[row["first"]], number[row["second"]]
        if row["winner"] == row["first"]:
            data += [(one, other)] * 2
        elif row["winner"]:
            data += [(other, one)] * 2
        else:
            data += [(one, other), (other, one)]
    found = choix.ilsr_pairwise(len(names), data, max_iter=1000, tol=1e-12)
    return {name: float(found[n] - found[0]) for name, n in number.items() if name}


@pytest.mark.parametrize("seed", range(20))
def test_strengths_are_those_of_choix(seed):
    random = Random(seed)
    entries = random.randint(3, 15)
    rows = comparisons(random, entries, random.randint(entries, 3 * entries))
    document = ranking("bradley_terry", rows)
    if document["details"]["connected"]:
        expected = by_choix(rows)
        found = {row["entry"]: float(row["points"]) for row in document["ranking"]}
        assert found == pytest.approx(expected, abs=1e-6)


def won(juror, winner, loser):
    first, second = sorted((winner, loser))
    return {"juror": juror, "first": first, "second": second, "winner": winner}


def test_groups_that_were_never_compared_are_not_ranked_across():
    rows = [won("J1", "A", "B"), won("J1", "D", "C"), won("J2", "D", "C")]
    found = ranking("bradley_terry", rows, entries=["A", "B", "C", "D", "E"])
    assert found["details"] == {
        "connected": False,
        "groups": [["A", "B"], ["C", "D"]],
    }
    places = [(row["group"], row["place"], row["entry"]) for row in found["ranking"]]
    assert places == [(1, 1, "A"), (1, 2, "B"), (2, 1, "D"), (2, 2, "C")]
    assert found["unranked"] == ["E"]


def test_equal_records_are_tied_exactly_and_go_to_the_draw():
    rows = [won("J1", "A", "B"), won("J1", "B", "C"), won("J1", "C", "A")]
    found = ranking("bradley_terry", rows, draw=["C", "A", "B"], ties=["wins"])
    assert order(found) == ["C", "A", "B"]
    assert {row["decided_by"] for row in found["ranking"]} == {"", "draw"}
    assert {row["points"] for row in found["ranking"]} == {"0.000000"}


def test_a_chain_of_winners_without_defeat_settles():
    names = [f"E{n:02}" for n in range(30)]
    rows = [
        won(f"J{juror}", better, worse)
        for juror in range(5)
        for better, worse in pairwise(names)
    ]
    assert order(ranking("bradley_terry", rows)) == names


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([won("J1", "A", "B") | {"winner": "C"}], "wrongly"),
        ([won("J1", "A", "B") | {"second": "A"}], "twice"),
        ([{"juror": "J1", "first": "B", "second": "A", "winner": ""}], "wrongly"),
        ([won("J1", "A", "B"), won("J1", "B", "A")], "twice"),
    ],
)
def test_odd_comparisons_are_refused(rows, sentence):
    with pytest.raises(CountingError, match=sentence):
        ranking("bradley_terry", rows)
