"""Acknowledgments while thousands of entries wait and no worker comes.

Rounds with none waiting and with the backlog take turns: the waiting entries are moved
out of the way and back, by legal moves of PostgreSQL's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.phase_one import sending
from benchmarks.phase_one.load import Round, percentile, together
from benchmarks.phase_one.processes import Web
from benchmarks.phase_one.sending import MEBIBYTE, at_once
from benchmarks.phase_one.site import Site, shared_site
from benchmarks.timing import Result

OWN_SITE = True
NONE, MANY = "none waiting", "waiting without a worker"


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    waiting: int = 10_000
    files: int = 160
    rounds: int = 3
    lines: int = 16
    bytes: int = MEBIBYTE


def run() -> Iterator[Result]:
    yield measured(shared_site(), Size())


def measured(site: Site, size: Size) -> Result:
    found: dict[str, list[Round]] = {NONE: [], MANY: []}
    with site.web() as web:
        one_round(site, web, size)
        for _ in range(size.rounds):
            site.execute(PUT_ASIDE)
            found[NONE].append(one_round(site, web, size))
            site.seed("waiting", size.waiting)
            found[MANY].append(one_round(site, web, size))
    return result_of(found, size)


# Taken back by their artists: no work is left.
PUT_ASIDE = """
UPDATE submissions_submission SET state = 'withdrawn', withdrawn_at = clock_timestamp()
WHERE state = 'received'
"""


def one_round(site: Site, web: Web, size: Size) -> Round:
    tickets = site.seed("tickets", size.files, size.bytes)
    acts = [at_once(sending.raw, ticket, size.bytes) for ticket in tickets]
    round_ = together(web.port, acts, lines=size.lines)
    site.empty()
    return round_


def result_of(found: dict[str, list[Round]], size: Size) -> Result:
    latencies = {
        name: [seconds for one in rounds for seconds in one.latencies]
        for name, rounds in found.items()
    }
    late = {name: percentile(seconds, 0.99) for name, seconds in latencies.items()}
    figures = {
        name: {
            "p50_ms": round(1000 * percentile(seconds, 0.5), 1),
            "p99_ms": round(1000 * late[name], 1),
        }
        for name, seconds in latencies.items()
    }
    ratios = {name: round(wait / late[NONE], 2) for name, wait in late.items()}
    name = f"p99 of acknowledgments beside {size.waiting:,} waiting entries"
    return Result(name, NONE, size.rounds, ratios, figures)
