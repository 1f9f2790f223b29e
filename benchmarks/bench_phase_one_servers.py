"""The same site under other web servers and settings: what the choice rests on.

For each: acknowledgments of raw files, gallery pages, processor time of both, seconds
from SIGTERM to the end with an upload under way, and whether a body that was cut off
was ever taken for a whole file.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.bench_phase_one_crowd import read_page
from benchmarks.phase_one import sending
from benchmarks.phase_one.load import Line, Round, median, percentile, together
from benchmarks.phase_one.processes import (
    Web,
    cpu_seconds,
    granian,
    launched,
    stop,
    uvicorn,
)
from benchmarks.phase_one.sending import MEBIBYTE, at_once
from benchmarks.phase_one.site import APPLICATION, Site, shared_site
from benchmarks.timing import Result

OWN_SITE = True
BASE = "uvicorn, uvloop and httptools, 1 process"
SERVERS = {
    BASE: uvicorn(APPLICATION),
    "the same, 2 processes": uvicorn(APPLICATION, "--workers", "2"),
    "uvicorn, asyncio and h11, 1 process": uvicorn(
        APPLICATION, "--loop", "asyncio", "--http", "h11"
    ),
    "granian ASGI, 1 process": granian(APPLICATION, "asgi", "--loop", "uvloop"),
    "granian ASGI, 2 processes": granian(
        APPLICATION, "asgi", "--loop", "uvloop", "--workers", "2"
    ),
}


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    files: int = 96
    pages: int = 200
    pictures: int = 24
    rounds: int = 3
    lines: int = 16
    bytes: int = MEBIBYTE


@dataclass
class Running:
    """One server and what was found."""

    process: subprocess.Popen[bytes]
    web: Web
    files: list[Round]
    pages: list[Round]


def run() -> Iterator[Result]:
    yield measured(shared_site(), Size())


def measured(site: Site, size: Size) -> Result:
    site.seed("pictures", size.pictures)
    with ExitStack() as stack:
        found = {
            name: Running(
                *stack.enter_context(launched(command, site.environment)), [], []
            )
            for name, command in SERVERS.items()
        }
        for number in range(size.rounds + 1):
            for running in found.values():
                one_round(site, running, size, keep=number > 0)
        figures = {name: figures_of(site, one, size) for name, one in found.items()}
    base = figures[BASE]["files_per_second"]
    ratios = {
        name: round(told["files_per_second"] / base, 2)
        for name, told in figures.items()
    }
    return Result("the site under other servers", BASE, size.rounds, ratios, figures)


def one_round(site: Site, running: Running, size: Size, *, keep: bool) -> None:
    tickets = site.seed("tickets", size.files, size.bytes)
    acts = [at_once(sending.raw, ticket, size.bytes) for ticket in tickets]
    for acts_, kept in (
        (acts, running.files),
        ([read_page] * size.pages, running.pages),
    ):
        before = cpu_seconds(running.web.pid)
        round_ = together(running.web.port, acts_, lines=size.lines)
        round_.cpu = cpu_seconds(running.web.pid) - before
        if keep:
            kept.append(round_)
    site.empty()


def figures_of(site: Site, running: Running, size: Size) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, rounds in (("files", running.files), ("pages", running.pages)):
        latencies = [seconds for one in rounds for seconds in one.latencies]
        found[f"{name}_per_second"] = round(median(one.rate for one in rounds), 1)
        found[f"{name}_p99_ms"] = round(1000 * percentile(latencies, 0.99), 1)
        share = median(one.cpu / len(one.latencies) for one in rounds)
        found[f"{name}_cpu_ms"] = round(1000 * share, 2)
    found["cut_off_taken"] = cut_off_taken(site, running.web, size)
    found["stop_seconds"] = stopped_beside_an_upload(site, running, size)
    return found


def cut_off_taken(site: Site, web: Web, size: Size) -> int:
    """How many bodies that ended early count as received files; must be 0."""
    tickets = site.seed("tickets", 10, size.bytes)
    for tenth, ticket in enumerate(tickets):
        whole = b"".join(sending.raw(ticket, size.bytes))
        with Line(web.port) as line:
            line.send(whole[: len(whole) - size.bytes + size.bytes * tenth // 10])
    taken = 0
    for ticket in tickets:
        with Line(web.port) as line:
            answer = line.ask(*sending.raw(ticket, size.bytes))
            taken += answer.status != 202
    return taken


def stopped_beside_an_upload(site: Site, running: Running, size: Size) -> float:
    """Seconds from SIGTERM to the end; stop() kills after a while."""
    ticket = site.seed("tickets", 1, size.bytes)[0]
    with Line(running.web.port) as line:
        line.send(*sending.raw(ticket, size.bytes)[:2])
        return round(stop(running.process), 1)
