"""Processor time of signed-in pages, of this checkout beside that of another one.

``BEFORE`` names the folder of the other checkout, as for `bench_phase_one_before`. The
sites take turns, round after round; what counts is the time of the web process alone.
The ratio is that of the medians, this checkout's over the other's.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

from benchmarks.bench_phase_one_before import BEFORE, NOW, of_two_sites
from benchmarks.phase_one.load import median
from benchmarks.phase_one.processes import HOST, Web, cpu_seconds
from benchmarks.phase_one.site import Site
from benchmarks.timing import Result

OWN_SITE = True


@dataclass(frozen=True)
class Size:
    """How much is measured; the first round of each warms up."""

    rounds: int = 7
    requests: int = 200


@dataclass(frozen=True)
class Visitor:
    """A signed-in person, and a public entry."""

    session: str
    entry: str

    def visit(self, path: str, line: http.client.HTTPConnection) -> None:
        line.request("GET", path, headers={"Cookie": f"sessionid={self.session}"})
        answer = line.getresponse()
        answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {answer.status}")

    def pages(self) -> dict[str, str]:
        """The path of each page by its name."""
        return {"My entries": "/me/", "an entry": f"/entries/{self.entry}/"}


def run() -> Iterator[Result]:
    yield from of_two_sites("signed-in pages", lambda sites: measured(sites, Size()))


def measured(sites: dict[str, Site], size: Size) -> Iterator[Result]:
    visitors = {name: visitor_of(site) for name, site in sites.items()}
    with ExitStack() as stack:
        webs = {name: stack.enter_context(site.web()) for name, site in sites.items()}
        for page in visitors[NOW].pages():
            spent: dict[str, list[float]] = {name: [] for name in sites}
            for turn in range(size.rounds + 1):
                for name in list(sites)[:: 1 if turn % 2 else -1]:
                    path = visitors[name].pages()[page]
                    seconds = cost(webs[name], visitors[name], path, size)
                    if turn:
                        spent[name].append(seconds)
            base = median(spent[BEFORE])
            yield Result(
                f"{page}: processor time of the web process",
                BEFORE,
                size.rounds,
                {name: round(median(found) / base, 3) for name, found in spent.items()},
                {name: {"ms": median(found) * 1000} for name, found in spent.items()},
            )


def visitor_of(site: Site) -> Visitor:
    site.seed("pictures", 24)
    session = site.seed("tickets", 2)[1]["session"]
    find = "from submissions.models import Submission; "
    find += "print(Submission.objects.filter(state='approved').first().public_id)"
    shell = site.run("manage.py", "shell", "--verbosity", "0", "--command", find)
    return Visitor(session, shell.split()[-1])


def cost(web: Web, visitor: Visitor, path: str, size: Size) -> float:
    """Seconds of processor time for one request."""
    with closing(http.client.HTTPConnection(HOST, web.port)) as line:
        visitor.visit(path, line)
        before = cpu_seconds(web.pid)
        for _ in range(size.requests):
            visitor.visit(path, line)
        return (cpu_seconds(web.pid) - before) / size.requests
