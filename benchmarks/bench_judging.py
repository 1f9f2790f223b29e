"""Juries: what the additive fit finds, and how long an assignment takes.

200 contests of 120 entries and 12 jurors with three readings each; quality and severity
are normal with deviation 1, noise with 0.5, and scores whole numbers from 1 to 10.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from statistics import mean

from benchmarks.timing import Result, seconds
from mycenas.core.draws.drawing import SEED_BYTES
from submissions.judging.assigning import Pair, Wanted, assign
from submissions.judging.counting.building import input_bytes
from submissions.judging.counting.methods import count

CONTESTS, TOP = 200, 10
ENTRIES = [f"E{number:03}" for number in range(120)]
JURORS = [f"J{number:02}" for number in range(12)]
READINGS = 3
CRITERION = {"id": "all", "weight": "1", "low": "1", "high": "10", "step": "1"}


def run() -> Iterator[Result]:
    yield contests("jurors differ in severity", 1)
    yield contests("jurors are equally severe", 0)
    yield assignment()


def contests(name: str, severity: float) -> Result:
    """How many of the true top ten are among the first ten, on average."""
    found: dict[str, list[int]] = {"mean": [], "median": [], "additive_fit": []}
    for number in range(CONTESTS):
        random = Random(number)  # noqa: S311  a simulation
        quality = {entry: random.gauss(0, 1) for entry in ENTRIES}
        harsh = {juror: random.gauss(0, severity) for juror in JURORS}
        scores = [
            (juror, entry, quality[entry] - harsh[juror] + random.gauss(0, 0.5))
            for juror, entry in plan(number)
        ]
        best = set(sorted(ENTRIES, key=lambda one: -quality[one])[:TOP])
        for aggregate, hits in found.items():
            hits.append(len(best & set(first_ten(scores, aggregate))))
    average = {aggregate: mean(hits) for aggregate, hits in found.items()}
    ratios = {key: round(value / average["mean"], 2) for key, value in average.items()}
    figures = {key: {"of_top_ten": round(n, 3)} for key, n in average.items()}
    return Result(f"true top ten, {name}", "mean", CONTESTS, ratios, figures)


def plan(number: int) -> list[Pair]:
    seed = number.to_bytes(SEED_BYTES, "big")
    return assign(Wanted(ENTRIES, JURORS, READINGS, seed))


def first_ten(scores: list[tuple[str, str, float]], aggregate: str) -> list[str]:
    """By the site's own count; equal points go by the draw."""
    readings = [
        {"juror": j, "entry": e, "values": {"all": str(scaled(value))}}
        for j, e, value in scores
    ]
    inputs = input_bytes(
        "weighted",
        {"aggregate": aggregate, "criteria": [CRITERION]},
        readings,
        entries=ENTRIES,
        jurors=JURORS,
        draw=ENTRIES,
    )
    return [row["entry"] for row in json.loads(count(inputs))["ranking"][:TOP]]


def scaled(value: float) -> int:
    """Two points for each deviation, around the middle of the scale."""
    return min(10, max(1, round(5.5 + 2 * value)))


def assignment() -> Result:
    """1,000 entries, three readings, 30 jurors, a conflict in a tenth of all pairs."""
    random = Random(1)  # noqa: S311  a simulation
    entries = [f"E{number:04}" for number in range(1000)]
    jurors = [f"J{number:02}" for number in range(30)]
    pairs = [(juror, entry) for juror in jurors for entry in entries]
    conflicts = set(random.sample(pairs, len(pairs) // 10))
    wanted = Wanted(entries, jurors, READINGS, bytes(SEED_BYTES), conflicts)
    plans: list[list[Pair]] = []
    times = [seconds(lambda: plans.append(assign(wanted))) for _ in range(3)]
    loads = Counter(juror for juror, _ in plans[0]).values()
    figures: dict[str, float] = {
        "seconds": round(max(times), 2),
        "loads_differ_by": max(loads) - min(loads),
        "conflicts": len(conflicts & set(plans[0])),
        "different_plans": len({tuple(one) for one in plans}),
    }
    name = "1,000 entries × 3 readings × 30 jurors"
    return Result("assignment", name, len(times), {name: 1.0}, {name: figures})
