"""Phase one of this checkout beside that of another one, in turn, in one run.

``BEFORE`` names the folder of the other checkout, for example one that
``git worktree add FOLDER COMMIT`` has made. Each has a site and a database of its own.
A round sends the same number of files each way to one site, then to the other, in an
order that alternates. The ratio is that of the medians of the rates, this checkout's
over the other's, with a bootstrap interval of 95 %.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_phase_one_rate import Size as RateSize
from benchmarks.bench_phase_one_rate import figures_of, one_round
from benchmarks.phase_one.load import Round, median, percentile
from benchmarks.phase_one.site import Site, durable_site
from benchmarks.phase_one.variants import ARRIVAL, FORM, PATCH, RAW, Variant, ours
from benchmarks.timing import Result

OWN_SITE = True
BEFORE, NOW = "the other checkout", "this checkout"
WAYS = (RAW, PATCH, FORM, ARRIVAL)
RESAMPLES = 2000


@dataclass(frozen=True)
class Size(RateSize):
    """How much is measured; the first round of each warms up."""

    rounds: int = 7


# Rounds by way in, by checkout.
Rounds = dict[str, dict[str, list[Round]]]


def run() -> Iterator[Result]:
    yield from of_two_sites("phase one", lambda sites: measured(sites, Size()))


def of_two_sites(
    name: str, measure: Callable[[dict[str, Site]], Iterator[Result]]
) -> Iterator[Result]:
    """What ``measure`` finds of a site of each checkout, or why it is skipped."""
    other = os.environ.get("BEFORE", "")
    if not (Path(other) / "manage.py").is_file():
        reason = "name the folder of another checkout in BEFORE"
        yield Result(name, BEFORE, 0, skipped={NOW: reason})
        return
    with durable_site(Path(other).resolve()) as before, durable_site() as now:
        yield from measure({BEFORE: before, NOW: now})


def measured(sites: dict[str, Site], size: Size) -> Iterator[Result]:
    """One result for each way in."""
    rounds = rounds_of(sites, size)
    for way in WAYS:
        rates = {name: [one.rate for one in rounds[way][name]] for name in sites}
        figures = {name: figures_of(rounds[way][name]) for name in sites}
        low, high = interval(rates[NOW], rates[BEFORE])
        figures[NOW] |= {"ratio_low": round(low, 3), "ratio_high": round(high, 3)}
        base = median(rates[BEFORE])
        ratios = {name: round(median(rates[name]) / base, 3) for name in sites}
        name = f"{way}: {size.bytes:,} bytes, {size.lines} connections"
        yield Result(name, BEFORE, size.rounds, ratios, figures)


def rounds_of(sites: dict[str, Site], size: Size) -> Rounds:
    kept: Rounds = {way: {name: [] for name in sites} for way in WAYS}
    number = (size.rounds + 1) * len(WAYS) * size.files
    tickets = {
        name: site.seed("tickets", number, size.bytes) for name, site in sites.items()
    }
    with ExitStack() as stack:
        variants: dict[str, dict[str, Variant]] = {
            name: ours(stack.enter_context(site.web())) for name, site in sites.items()
        }
        for turn in range(size.rounds + 1):
            names = list(sites) if turn % 2 else list(sites)[::-1]
            for way in WAYS:
                for name in names:
                    batch = [tickets[name].pop() for _ in range(size.files)]
                    found = one_round(sites[name], variants[name][way], batch, size)
                    if turn:
                        kept[way][name].append(found)
                    sites[name].empty()
    return kept


def interval(now: list[float], before: list[float]) -> tuple[float, float]:
    """The bootstrap percentile interval (95 %) of the ratio of medians."""
    dice = random.Random(1)  # noqa: S311  a measurement, no secret
    ratios = [
        median(dice.choices(now, k=len(now)))
        / median(dice.choices(before, k=len(before)))
        for _ in range(RESAMPLES)
    ]
    return percentile(ratios, 0.025), percentile(ratios, 0.975)
