"""Criteria with weights: points, tie-breaks, the scale."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.judging.counting.fit import juror_groups
from submissions.judging.counting.inputs import CountingError
from submissions.judging.counting.published import without
from tests.submissions.judging.counting.rounds import (
    SCALE,
    order,
    points,
    ranking,
    score,
    scored,
    tables,
)

AGGREGATES = ["mean", "median", "additive_fit"]
TWO = [
    {"id": "craft", "weight": "3", **SCALE},
    {"id": "idea", "weight": "1", "low": "0", "high": "5", "step": "0.5"},
]


def counted(readings, aggregate="mean", criteria=TWO, **rest):
    parameters = {"aggregate": aggregate, "criteria": criteria}
    return ranking("weighted", readings, parameters=parameters, **rest)


def test_the_points_are_the_mean_of_the_weighted_means():
    readings = [
        score("J1", "A", 8, "2.5"),
        score("J2", "A", 5, 4),
        score("J1", "B", 9, 0),
    ]
    found = counted(readings)
    assert points(found) == {"A": "91/16", "B": "27/4"}
    assert found["ranking"][0] == {
        "place": 1,
        "group": 1,
        "entry": "B",
        "points": "6.750000",
        "exact": "27/4",
        "decided_by": "",
    }


def test_the_median_of_an_even_number_is_exact():
    table = {f"J{n}": {"A": value} for n, value in enumerate((1, 2, 5, 10))}
    assert points(scored(table, "median")) == {"A": "7/2"}


def test_ties_go_down_the_chain_and_then_to_the_draw():
    table = {
        "J1": {"A": 5, "B": 9, "C": 5, "D": 5},
        "J2": {"A": 5, "B": 1, "C": 5, "D": 4},
        "J3": {"A": 5, "B": 5, "C": 5, "D": 6},
    }
    found = scored(table, ties=["best", "worst"], draw=["D", "C", "B", "A"])
    assert order(found) == ["B", "D", "C", "A"]
    reasons = [row["decided_by"] for row in found["ranking"]]
    assert reasons == ["", "best", "best", "draw"]
    assert order(scored(table, ties=["worst"], draw=["D", "C", "B", "A"])) == [
        "C", "A", "D", "B",
    ]  # fmt: skip


def test_a_criterion_breaks_ties_after_the_fit_of_its_own_values():
    readings = [score("J1", "A", 5, 3), score("J1", "B", 4, 4), score("J2", "C", 3, 0)]
    criteria = [TWO[0] | {"weight": "1"}, TWO[1]]
    found = counted(readings, "additive_fit", criteria, ties=["criterion:idea"])
    assert order(found)[:2] == ["B", "A"]
    assert found["ranking"][1]["decided_by"] == "criterion:idea"


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        (score("J1", "A", 11, 1), "off the scale"),
        (score("J1", "A", 0, 1), "off the scale"),
        (score("J1", "A", 5, "0.75"), "off the scale"),
        (score("J1", "A", "5e0", 1), "not a decimal number"),
        (score("J1", "A", "٥", 1), "not a decimal number"),
        (score("J1", "A", 5), "exactly the fields craft, idea"),
        (score("J1", "X", 5, 1), "not in the round"),
        (score("X", "A", 5, 1), "no juror of the round"),
        (score("J2", "A", 5, 1), "is recused from A"),
        ({**score("J1", "A", 5, 1), "note": ""}, "exactly the fields"),
    ],
)
def test_what_cannot_be_counted_is_refused(reading, sentence):
    with pytest.raises(CountingError, match=sentence):
        counted([reading], entries=["A"], jurors=["J1", "J2"], recused=[("J2", "A")])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weight": "0"}, "not well defined"),
        ({"step": "0"}, "not well defined"),
        ({"high": "1"}, "not well defined"),
        ({"id": ""}, "not well defined"),
        ({"weight": "1/3"}, "not a decimal number"),
        ({"id": "idea"}, "twice"),
    ],
)
def test_a_criterion_is_well_defined(change, sentence):
    with pytest.raises(CountingError, match=sentence):
        counted([], criteria=[TWO[0] | change, TWO[1]])


def test_settings_that_do_not_exist_are_refused():
    with pytest.raises(CountingError, match="aggregate"):
        counted([], "mode")
    with pytest.raises(CountingError, match="no criterion"):
        counted([], criteria=[])
    with pytest.raises(CountingError, match="tie-break"):
        counted([], ties=["height"])
    with pytest.raises(CountingError, match="tie-break"):
        counted([], ties=["best", "best"])


def test_a_second_reading_of_the_same_entry_is_refused():
    with pytest.raises(CountingError, match="twice"):
        counted([score("J1", "A", 5, 1), score("J1", "A", 6, 1)])


def test_entries_below_the_quorum_are_reported_and_unread_ones_not_ranked():
    found = scored(
        {"J1": {"A": 5, "B": 5}, "J2": {"A": 5}}, entries=["A", "B", "C"], quorum=2
    )
    assert found["quorum"] == {"needed": 2, "short": [["B", 1], ["C", 0]]}
    assert found["unranked"] == ["C"]


@given(st.sampled_from(AGGREGATES), tables(), st.integers(2, 3))
def test_scaling_the_jury_changes_nothing(aggregate, table, copies):
    larger = {f"{j}.{n}": row for j, row in table.items() for n in range(copies)}
    ties = ["median", "best", "criterion:craft"]
    once, often = (scored(one, aggregate, ties=ties) for one in (table, larger))
    assert once["ranking"] == often["ranking"]


@given(tables(complete=True))
def test_with_one_shared_jury_the_fit_is_the_mean(table):
    assert points(scored(table, "additive_fit")) == points(scored(table))


@given(tables(1, 5), st.integers(1, 5), st.data())
def test_a_constant_added_to_one_juror_never_changes_the_ranking(table, more, data):
    """Of entries that can be compared at all."""
    juror = data.draw(st.sampled_from(sorted(table)))
    kinder = table | {juror: {e: n + more for e, n in table[juror].items()}}
    if len(juror_groups(table)) > 1:
        return
    ties = ["median", "best", "criterion:craft"]
    before, after = (scored(one, "additive_fit", ties=ties) for one in (table, kinder))
    assert order(before) == order(after)
    shares = {
        Fraction(points(after)[e]) - Fraction(points(before)[e]) for e in order(before)
    }
    assert len(shares) == 1


@given(st.sampled_from(AGGREGATES), tables())
def test_disqualifying_the_last_moves_nothing_else(aggregate, table):
    rows = scored(table, aggregate)["ranking"]
    assert without(rows, {rows[-1]["entry"]}) == rows[:-1]


def test_disqualifying_closes_the_gap():
    rows = scored({"J1": {"A": 9, "B": 8, "C": 7}})["ranking"]
    left = without(rows, {"A"})
    assert [(row["place"], row["entry"]) for row in left] == [(1, "B"), (2, "C")]


@given(tables(), st.data())
def test_a_better_score_never_lowers_an_entry(table, data):
    juror = data.draw(st.sampled_from(sorted(table)))
    entry = data.draw(st.sampled_from(sorted(table[juror])))
    better = table | {juror: table[juror] | {entry: min(10, table[juror][entry] + 1)}}
    before, after = order(scored(table)), order(scored(better))
    assert after.index(entry) <= before.index(entry)


def test_the_report_shows_points_before_and_after_the_fit():
    table = {"J1": {"A": 3, "B": 2}, "J2": {"A": 9, "C": 8}}
    details = scored(table, "additive_fit")["details"]
    assert details["groups"] == [["J1", "J2"]]
    assert details["leniency"] == {"J1": "-3.000000", "J2": "3.000000"}
    assert details["entries"]["C"] == {
        "mean": "8.000000",
        "median": "8.000000",
        "adjusted_mean": "5.000000",
    }
