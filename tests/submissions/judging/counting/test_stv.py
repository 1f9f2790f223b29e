"""Scottish STV, against published results and the programs of others."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from submissions.judging.counting import stv
from submissions.judging.counting.inputs import CountingError
from tests.submissions.judging.counting.elections import (
    Election,
    by_pyrankvote,
    by_stvpoll,
    read_blt,
    stages_of,
    tables_by_stvpoll,
)
from tests.submissions.judging.counting.rounds import ranking

EDINBURGH = Path(__file__).with_name("edinburgh_2017")
ELECTED = json.loads((EDINBURGH / "elected.json").read_text())
ward = cache(lambda number: read_blt(EDINBURGH / f"ward-{int(number):02}.blt"))
of_every_ward = pytest.mark.parametrize("number", ELECTED)


@of_every_ward
def test_the_published_councillors_are_elected(number):
    assert sorted(ward(number).result["details"]["elected"]) == sorted(ELECTED[number])


@of_every_ward
def test_winners_are_those_of_other_programs(number):
    elected = set(ward(number).result["details"]["elected"])
    assert elected == set(by_stvpoll(ward(number))) == by_pyrankvote(ward(number))


@of_every_ward
def test_the_tables_of_all_stages_are_those_of_stvpoll(number):
    stages, tables = stages_of(ward(number)), tables_by_stvpoll(ward(number))
    assert stages == tables[: len(stages)]
    more = len(tables) - len(stages)
    vacant = ward(number).seats - len(ward(number).result["details"]["elected"])
    assert more == 0 or vacant == 0


def election(seats, *papers) -> Election:
    """Papers like '3 ABC': three voters who prefer A to B and B to C."""
    rows = [row.split() for row in papers]
    names = sorted(set("".join(row[1] for row in rows)))
    return Election(seats, tuple(names), tuple((tuple(r), int(n)) for n, r in rows))


def counted(seats, *papers, draw=None):
    one = election(seats, *papers)
    return json.loads(stv.count(one.inputs(draw)))["details"]


def test_a_surplus_goes_at_reduced_value_and_the_rest_of_a_division_is_lost():
    """Quota 4; A has 7, a surplus of 3, and each paper goes on at 3/7."""
    details = counted(2, "5 AB", "2 AC", "2 B", "2 C")
    first, second = details["stages"][:2]
    assert details["quota"] == "4.00000"
    assert first["elected"] == ["A"]
    assert second["votes"] == {"A": "4.00000", "B": "4.14285", "C": "2.85714"}
    assert second["lost_by_rounding"] == "0.00001"
    assert details["elected"] == ["A", "B"]


def test_no_paper_goes_to_an_entry_that_is_elected_already():
    """B is elected with A: A's papers skip B, at the value that they have then."""
    second = counted(3, "6 ABC", "5 BC", "2 C", "2 D", "1 E")["stages"][1]
    assert (second["act"], second["entry"]) == ("surplus transferred", "A")
    assert second["votes"]["B"] == "5.00000"
    assert second["votes"]["C"] == "2.99996"


def test_papers_without_a_further_preference_are_not_transferable():
    second = counted(2, "6 A", "2 B", "1 C")["stages"][1]
    assert second["not_transferable"] == "1.99998"
    assert second["lost_by_rounding"] == "0.00002"


def test_a_tie_for_exclusion_looks_at_the_most_recent_different_stage():
    """B and C end with 3 each; at the first stage B had 2 and C had 3."""
    details = counted(1, "5 A", "2 B", "3 C", "1 DB")
    assert [stage["entry"] for stage in details["stages"]] == ["", "D", "B", "C"]
    assert details["stages"][2]["drawn"] == []


def test_a_tie_at_all_stages_goes_to_the_draw_and_is_reported():
    papers = ("3 A", "2 BA", "2 CA")
    for draw, excluded in (("ABC", "C"), ("CBA", "B"), ("BCA", "C")):
        stage = counted(1, *papers, draw=draw)["stages"][1]
        assert (stage["entry"], stage["drawn"]) == (excluded, ["B", "C"])


def test_equal_surpluses_are_transferred_in_the_order_of_the_draw():
    papers = ("6 AC", "6 BD", "2 C", "2 D", "1 E")
    for draw, first in (("ABCDE", "A"), ("BACDE", "B")):
        stage = counted(3, *papers, draw=draw)["stages"][1]
        assert (stage["entry"], stage["drawn"]) == (first, ["A", "B"])


def test_last_vacancies_are_filled_without_transfer():
    details = counted(2, "5 A", "1 B")
    assert len(details["stages"]) == 1
    assert details["elected"] == ["A", "B"]


def test_the_ranking_has_the_elected_first_and_the_excluded_last():
    one = election(1, "5 A", "4 B", "3 CA", "1 DA")
    rows = one.result["ranking"]
    fates = [(row["place"], row["entry"], row["decided_by"]) for row in rows]
    assert fates == [
        (1, "A", "elected"),
        (2, "B", "not elected"),
        (3, "C", "excluded"),
        (4, "D", "excluded"),
    ]


def test_votes_are_never_made_or_lost_without_a_report():
    for number in ELECTED:
        papers = sum(count for _, count in ward(number).papers)
        for stage in ward(number).result["details"]["stages"]:
            held = [*stage["votes"].values(), stage["not_transferable"]]
            total = sum(map(cents, held)) + cents(stage["lost_by_rounding"])
            assert total == papers * stv.ONE
            assert cents(stage["lost_by_rounding"]) >= 0


def cents(text: str) -> int:
    return int(text.replace(".", ""))


PAPER = {"juror": "J1", "count": 1, "ranking": ["A", "B"]}


@pytest.mark.parametrize(
    ("paper", "seats", "sentence"),
    [
        (PAPER | {"count": 0}, 1, "counted 0 times"),
        (PAPER | {"ranking": ["A", "A"]}, 1, "twice"),
        (PAPER | {"ranking": ["X"]}, 1, "not in the round"),
        (PAPER, 3, "3 seats for 2 entries"),
        (PAPER, 0, "0 seats"),
        (PAPER, True, "not of type int"),
    ],
)
def test_odd_papers_are_refused(paper, seats, sentence):
    parameters = {"seats": seats}
    with pytest.raises(CountingError, match=sentence):
        ranking("stv", [paper], parameters=parameters, entries=["A", "B"])
    with pytest.raises(CountingError, match="tie-break"):
        ranking("stv", [PAPER], parameters={"seats": 1}, ties=["best"])
