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

from benchmarks.bench_phase_one_before import BEFORE, of_two_sites
from benchmarks.phase_one.load import median
from benchmarks.phase_one.processes import HOST, Web, cpu_seconds
from benchmarks.phase_one.site import Site
from benchmarks.timing import Result

OWN_SITE = True
PAGES = ("My entries", "an entry", "like")
# Any CSRF token does, as long as form and cookie have the same.
TOKEN = "a" * 32
# So many that no person likes too often.
PEOPLE = 49


@dataclass(frozen=True)
class Size:
    """How much is measured; the first round of each warms up."""

    rounds: int = 7
    requests: int = 200


@dataclass(frozen=True)
class Visitors:
    """Signed-in people, and the public entry of another person."""

    sessions: list[str]
    entry: str

    def ask(self, page: str, number: int, line: http.client.HTTPConnection) -> None:
        """Send the request with this number; people take turns by two."""
        method, path = self.request(page, number)
        session = self.sessions[number // 2 % len(self.sessions)]
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "HX-Request": "true" if method == "POST" else "false",
        }
        line.request(method, path, headers=headers)
        answer = line.getresponse()
        answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {answer.status}")

    def request(self, page: str, number: int) -> tuple[str, str]:
        """Each person likes the entry, then takes the like back."""
        if page == "My entries":
            return "GET", "/me/"
        act = ("like/", "unlike/")[number % 2]
        entry = f"/entries/{self.entry}/"
        return ("POST", entry + act) if page == "like" else ("GET", entry)


def run() -> Iterator[Result]:
    yield from of_two_sites("signed-in pages", lambda sites: measured(sites, Size()))


def measured(sites: dict[str, Site], size: Size) -> Iterator[Result]:
    visitors = {name: visitors_of(site) for name, site in sites.items()}
    with ExitStack() as stack:
        webs = {name: stack.enter_context(site.web()) for name, site in sites.items()}
        for page in PAGES:
            spent: dict[str, list[float]] = {name: [] for name in sites}
            for turn in range(size.rounds + 1):
                for name in list(sites)[:: 1 if turn % 2 else -1]:
                    seconds = cost(webs[name], visitors[name], page, size)
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


def visitors_of(site: Site) -> Visitors:
    site.seed("pictures", 24)
    # The first person is the artist.
    sessions = [one["session"] for one in site.seed("tickets", PEOPLE + 1)[1:]]
    find = "from submissions.models import Submission; "
    find += "print(Submission.objects.filter(state='approved').first().public_id)"
    shell = site.run("manage.py", "shell", "--verbosity", "0", "--command", find)
    return Visitors(sessions, shell.split()[-1])


def cost(web: Web, visitors: Visitors, page: str, size: Size) -> float:
    """Seconds of processor time for one request."""
    with closing(http.client.HTTPConnection(HOST, web.port)) as line:
        visitors.ask(page, 0, line)
        before = cpu_seconds(web.pid)
        for number in range(size.requests):
            visitors.ask(page, number, line)
        return (cpu_seconds(web.pid) - before) / size.requests
