"""Gallery pages beside hundreds of uploads that trickle in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks.phase_one import sending
from benchmarks.phase_one.load import (
    Line,
    Round,
    expect,
    median,
    percentile,
    together,
)
from benchmarks.phase_one.processes import Web, memory
from benchmarks.phase_one.sending import JPEG, MEBIBYTE, SLUG, head
from benchmarks.phase_one.site import Site, shared_site
from benchmarks.phase_one.trickle import Crowd
from benchmarks.timing import Result

OWN_SITE = True
ALONE, BESIDE = "pages alone", "pages beside the uploads"
GALLERY = f"/competitions/{SLUG}/gallery/"


@dataclass(frozen=True)
class Size:
    """How much is measured; each upload is so large that it does not end."""

    uploads: int = 900
    bytes_a_second: int = 15_000
    pictures: int = 24
    pages: int = 400
    rounds: int = 3
    lines: int = 16
    bytes: int = 40 * MEBIBYTE


def run() -> Iterator[Result]:
    yield measured(shared_site(), Size())


def measured(site: Site, size: Size) -> Result:
    site.seed("pictures", size.pictures)
    found: dict[str, list[Round]] = {ALONE: [], BESIDE: []}
    each = []
    with site.web() as web:
        pages(web, size)
        for _ in range(size.rounds):
            found[ALONE].append(pages(web, size))
            idle = memory(web.pid, "VmRSS")
            with Crowd(web.port, heads_of(site, size), size.bytes_a_second):
                settle(web)
                found[BESIDE].append(pages(web, size))
                each.append((memory(web.pid, "VmRSS") - idle) / size.uploads)
    return result_of(found, median(each), size)


def heads_of(site: Site, size: Size) -> list[bytes]:
    """The first lines of so many PUTs, each with the file's first bytes."""
    tickets = site.seed("tickets", size.uploads, size.bytes)
    return [
        head(
            "PUT",
            f"/uploads/{ticket['name']}/",
            size.bytes,
            **sending.signed_in(ticket),
        )
        + JPEG
        for ticket in tickets
    ]


def settle(web: Web) -> None:
    """Let everybody in: a page that is asked for last is answered last."""
    with Line(web.port) as line:
        for _ in range(3):
            time.sleep(1)
            read_page(line)


def pages(web: Web, size: Size) -> Round:
    return together(web.port, [read_page] * size.pages, lines=size.lines)


def read_page(line: Line) -> None:
    expect(line.ask(head("GET", GALLERY, 0)), 200)


def result_of(found: dict[str, list[Round]], each: float, size: Size) -> Result:
    rates = {name: median(one.rate for one in kept) for name, kept in found.items()}
    figures = {name: figures_of(kept) for name, kept in found.items()}
    figures[BESIDE]["kib_per_upload"] = round(each / 1024, 1)
    return Result(
        f"gallery pages beside {size.uploads} uploads at {size.bytes_a_second:,} B/s",
        ALONE,
        size.rounds,
        {name: round(rate / rates[ALONE], 2) for name, rate in rates.items()},
        figures,
    )


def figures_of(rounds: list[Round]) -> dict[str, float]:
    latencies = [seconds for one in rounds for seconds in one.latencies]
    late = partial(percentile, latencies)
    return {
        "per_second": round(median(one.rate for one in rounds), 1),
        "p50_ms": round(1000 * late(0.5), 1),
        "p99_ms": round(1000 * late(0.99), 1),
    }
