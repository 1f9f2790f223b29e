"""Rounds for tests: small ones by hand, and random ones."""

from __future__ import annotations

import json
from random import Random

from hypothesis import strategies as st

from submissions.judging.counting.building import input_bytes
from submissions.judging.counting.methods import count

SCALE = {"low": "1", "high": "10", "step": "1"}
ONE_CRITERION = [{"id": "craft", "weight": "1", **SCALE}]


def round_bytes(method, readings, *, parameters=None, **rest) -> bytes:
    """A round whose entries and jurors are those of its readings."""
    found = {one for row in readings for one in entries_of(row)}
    entries = sorted(rest.pop("entries", found))
    jurors = rest.pop("jurors", {row["juror"] for row in readings})
    return input_bytes(
        method,
        parameters or {},
        readings,
        entries=entries,
        jurors=jurors,
        draw=rest.pop("draw", entries),
        **rest,
    )


def entries_of(row):
    names = [row[name] for name in ("entry", "first", "second") if name in row]
    return names + row.get("ranking", []) + row.get("unranked", [])


def ranking(method, readings, **rest):
    return json.loads(count(round_bytes(method, readings, **rest)))


def order(document) -> list[str]:
    return [row["entry"] for row in document["ranking"]]


def points(document) -> dict[str, str]:
    return {row["entry"]: row["exact"] for row in document["ranking"]}


def score(juror, entry, *values) -> dict:
    names = ("craft", "idea", "story")
    given = {name: str(n) for name, n in zip(names, values, strict=False)}
    return {"juror": juror, "entry": entry, "values": given}


def scored(table, aggregate="mean", **rest):
    """Count scores for one criterion, by juror and entry."""
    readings = [score(j, e, n) for j, row in table.items() for e, n in row.items()]
    parameters = {"aggregate": aggregate, "criteria": ONE_CRITERION}
    return ranking("weighted", readings, parameters=parameters, **rest)


@st.composite
def tables(draw, low=1, high=10, *, complete=False):
    """Scores of 2 to 5 jurors for 2 to 6 entries, each read by one at least."""
    jurors = [f"J{n}" for n in range(draw(st.integers(2, 5)))]
    entries = [f"E{n}" for n in range(draw(st.integers(2, 6)))]
    table: dict = {juror: {} for juror in jurors}
    for entry in entries:
        readers = st.sets(st.sampled_from(jurors), min_size=1)
        for juror in sorted(jurors if complete else draw(readers)):
            table[juror][entry] = draw(st.integers(low, high))
    return {juror: row for juror, row in table.items() if row}


def comparisons(random: Random, entries: int, number: int) -> list[dict]:
    """Each pair is compared by a juror once; one of ten is a draw."""
    worth = [random.gauss(0, 1) for _ in range(entries)]
    rows: dict = {}
    while len(rows) < number:
        one, other = sorted(random.sample(range(entries), 2))
        juror = f"J{random.randrange(9)}"
        noise = random.gauss(0, 1)
        winner = f"E{one:02}" if worth[one] + noise > worth[other] else f"E{other:02}"
        rows[juror, one, other] = {
            "juror": juror,
            "first": f"E{one:02}",
            "second": f"E{other:02}",
            "winner": "" if random.random() < 0.1 else winner,
        }
    return list(rows.values())
