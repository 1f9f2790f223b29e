"""Votes of yes, no and maybe."""

from __future__ import annotations

import pytest

from submissions.judging.counting.inputs import CountingError
from tests.submissions.judging.counting.rounds import order, points, ranking


def votes(**given):
    """Votes by entry, each a string of y, n and m."""
    words = {"y": "yes", "n": "no", "m": "maybe"}
    return [
        {"juror": f"J{n}", "entry": entry, "vote": words[vote]}
        for entry, row in given.items()
        for n, vote in enumerate(row)
    ]


def test_a_maybe_is_half_a_yes():
    found = ranking("yes_no_maybe", votes(A="yyn", B="ymm", C="yy", D="nn"))
    assert points(found) == {"C": "1", "A": "2/3", "B": "2/3", "D": "0"}
    assert found["details"]["entries"]["B"] == {"yes": 1, "maybe": 2, "no": 0}


@pytest.mark.parametrize(("tie", "first"), [("most_yes", "A"), ("fewest_no", "B")])
def test_a_tie_goes_to_enthusiasm_or_to_consent(tie, first):
    rows = votes(A="yyn", B="ymm")
    draw = ["B", "A"] if first == "A" else ["A", "B"]
    found = ranking("yes_no_maybe", rows, ties=[tie], draw=draw)
    assert order(found)[0] == first
    assert found["ranking"][1]["decided_by"] == tie


def test_odd_votes_are_refused():
    rows = votes(A="y")
    for wrong, sentence in (
        ([rows[0] | {"vote": "perhaps"}], "unknown vote"),
        ([rows[0], rows[0] | {"vote": "no"}], "twice"),
    ):
        with pytest.raises(CountingError, match=sentence):
            ranking("yes_no_maybe", wrong)
    with pytest.raises(CountingError, match="parameters"):
        ranking("yes_no_maybe", rows, parameters={"weight": 1})
