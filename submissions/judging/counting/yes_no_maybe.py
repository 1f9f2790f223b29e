"""Yes, no or maybe: a yes is one point, a maybe half of one; the mean ranks."""

from __future__ import annotations

from fractions import Fraction

from submissions.judging.counting.inputs import (
    CountingError,
    Inputs,
    read_inputs,
    require_fields,
    require_new,
    require_reading,
    require_ties,
)
from submissions.judging.counting.ranking import mean, ranked, write_ranking

NAME, VERSION = "yes_no_maybe", 1
POINTS = {"yes": Fraction(1), "maybe": Fraction(1, 2), "no": Fraction(0)}
# Of two entries with equal points: more enthusiasm, or less opposition.
TIES = ("most_yes", "fewest_no")


def count(data: bytes) -> bytes:
    inputs = read_inputs(data, NAME, VERSION)
    require_fields(inputs.parameters, {}, "The parameters")
    require_ties(inputs, TIES)
    votes = _votes(inputs)
    keys = {entry: _keys(inputs, given) for entry, given in votes.items()}
    readers = [(row["juror"], row["entry"]) for row in inputs.readings]
    details = {
        "entries": {
            entry: {vote: given.count(vote) for vote in POINTS}
            for entry, given in votes.items()
        }
    }
    rows = ranked(inputs, keys)
    return write_ranking(inputs, rows, readers, details)


def _votes(inputs: Inputs) -> dict[str, list[str]]:
    """The votes on each entry; one of each juror at most."""
    votes: dict[str, list[str]] = {}
    seen: set[str] = set()
    for row in inputs.readings:
        require_fields(row, {"juror": str, "entry": str, "vote": str}, "A reading")
        juror, entry, vote = row["juror"], row["entry"], row["vote"]
        require_reading(inputs, juror, [entry])
        if vote not in POINTS:
            raise CountingError(f"{juror} gave {entry} the unknown vote {vote!r}.")
        seen.add(require_new(f"{entry} of {juror}", seen))
        votes.setdefault(entry, []).append(vote)
    return votes


def _keys(inputs: Inputs, given: list[str]) -> list[Fraction]:
    values = {
        "most_yes": Fraction(given.count("yes"), len(given)),
        "fewest_no": -Fraction(given.count("no"), len(given)),
    }
    return [
        mean(POINTS[vote] for vote in given),
        *(values[name] for name in inputs.ties),
    ]
