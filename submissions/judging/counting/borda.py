"""Borda, for ballots that rank different entries.

A ballot gives an entry the share of its other entries that it puts below it: 1 for the
first, 0 for the last, as Borda's marks (Borda 1781) divided by their highest. Entries
that the juror read and left unranked share the last places evenly. The points of an
entry are the mean over the ballots that contain it, so that a juror who is recused from
an entry takes nothing from it.
"""

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

NAME, VERSION = "borda", 1
TIES = ("most_firsts", "fewest_lasts")


def count(data: bytes) -> bytes:
    inputs = read_inputs(data, NAME, VERSION)
    require_fields(inputs.parameters, {}, "The parameters")
    require_ties(inputs, TIES)
    shares = _shares(inputs)
    keys = {}
    for entry, found in shares.items():
        values = {
            "most_firsts": Fraction(found.count(Fraction(1)), len(found)),
            "fewest_lasts": -Fraction(found.count(Fraction(0)), len(found)),
        }
        keys[entry] = [mean(found), *(values[name] for name in inputs.ties)]
    readers = [
        (row["juror"], entry)
        for row in inputs.readings
        for entry in row["ranking"] + row["unranked"]
    ]
    details = {"ballots": {entry: len(found) for entry, found in shares.items()}}
    rows = ranked(inputs, keys)
    return write_ranking(inputs, rows, readers, details)


def _shares(inputs: Inputs) -> dict[str, list[Fraction]]:
    """What each entry got from each ballot that contains it."""
    shares: dict[str, list[Fraction]] = {}
    voted: set[str] = set()
    for row in inputs.readings:
        fields = {"juror": str, "ranking": list, "unranked": list}
        require_fields(row, fields, "A ballot")
        juror, ranking, unranked = row["juror"], row["ranking"], row["unranked"]
        entries = ranking + unranked
        require_reading(inputs, juror, entries)
        if len(entries) < 2:
            raise CountingError(f"The ballot of {juror} has fewer than two entries.")
        voted.add(require_new(juror, voted))
        others = len(entries) - 1
        for place, entry in enumerate(ranking):
            shares.setdefault(entry, []).append(Fraction(others - place, others))
        for entry in unranked:
            shared = Fraction(len(unranked) - 1, 2 * others)
            shares.setdefault(entry, []).append(shared)
    return shares
