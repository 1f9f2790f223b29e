"""Acknowledgments a second: the site's ways in beside its peers, in one run.

Files of 1 MiB over 16 connections. A round sends so many files to one server, then as
many to the next one; rates and CPU are medians over the rounds, p50 and p99 are taken
over all requests. CPU is that of the web processes, in ms for a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.phase_one.load import Round, median, percentile, together
from benchmarks.phase_one.processes import cpu_seconds
from benchmarks.phase_one.sending import MEBIBYTE, Ticket
from benchmarks.phase_one.site import Site, shared_site
from benchmarks.phase_one.variants import BASE, TICKETED, Field, Variant, everything
from benchmarks.timing import Result

OWN_SITE = True


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    files: int = 96
    rounds: int = 3
    lines: int = 16
    bytes: int = MEBIBYTE


def run() -> Iterator[Result]:
    yield measured(shared_site(), Size())


def measured(site: Site, size: Size) -> Result:
    with everything(site) as found:
        rounds = rounds_of(site, found, size)
    rates = {name: median(one.rate for one in kept) for name, kept in rounds.items()}
    ratios = {name: round(rate / rates[BASE], 3) for name, rate in rates.items()}
    figures = {name: figures_of(kept) for name, kept in rounds.items()}
    name = f"acknowledgments, {size.bytes:,} bytes, {size.lines} connections"
    return Result(name, BASE, size.rounds, ratios, figures, found.skipped)


def rounds_of(site: Site, found: Field, size: Size) -> dict[str, list[Round]]:
    """Every variant in turn, round after round; the first one warms up."""
    kept: dict[str, list[Round]] = {name: [] for name in found.variants}
    every = site.seed(
        "tickets", (size.rounds + 1) * len(TICKETED) * size.files, size.bytes
    )
    for turn in range(size.rounds + 1):
        for name, variant in found.variants.items():
            count = max(size.lines, round(size.files * variant.share))
            batch = [every.pop() if name in TICKETED else BLANK for _ in range(count)]
            result = one_round(site, variant, batch, size)
            if turn:
                kept[name].append(result)
            site.empty()
    return kept


# Peers ask nobody who it is.
BLANK: Ticket = {}


def one_round(site: Site, variant: Variant, tickets: list[Ticket], size: Size) -> Round:
    acts = [variant.act(ticket, size.bytes) for ticket in tickets]
    cpu, database = cpu_seconds(variant.web.pid), site.database_cpu()
    found = together(variant.web.port, acts, lines=size.lines)
    found.cpu = cpu_seconds(variant.web.pid) - cpu
    found.database_cpu = site.database_cpu() - database
    return found


def figures_of(rounds: list[Round]) -> dict[str, float]:
    latencies = [seconds for one in rounds for seconds in one.latencies]
    share = [one.cpu / len(one.latencies) for one in rounds]
    database = [one.database_cpu / len(one.latencies) for one in rounds]
    return {
        "per_second": round(median(one.rate for one in rounds), 1),
        "p50_ms": round(1000 * percentile(latencies, 0.5), 1),
        "p99_ms": round(1000 * percentile(latencies, 0.99), 1),
        "cpu_ms": round(1000 * median(share), 2),
        "database_cpu_ms": round(1000 * median(database), 2),
    }
