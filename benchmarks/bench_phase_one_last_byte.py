"""From the last byte handed to the kernel until the answer, for files of all sizes.

One connection, one file at a time. The base is the same way in at 10 MiB: an answer
that grows with the file comes from a disk that was left with all of its work.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.phase_one import sending
from benchmarks.phase_one.load import Line, expect, median
from benchmarks.phase_one.processes import Web, uvicorn
from benchmarks.phase_one.sending import ACKNOWLEDGED, MEBIBYTE, Maker, Ticket
from benchmarks.phase_one.site import Site, shared_site
from benchmarks.phase_one.variants import BASE, FORM, PATCH, PEERS, RAW
from benchmarks.timing import Result

OWN_SITE = True
# So much stays free on the disk; sizes that would need it are left out.
RESERVE_BYTES = 10 * 1024 * MEBIBYTE


@dataclass(frozen=True)
class Size:
    """How much is measured: sizes in bytes, each so many times."""

    bytes: tuple[int, ...] = tuple(
        mebibytes * MEBIBYTE for mebibytes in (1, 10, 100, 500, 1024)
    )
    base: int = 10 * MEBIBYTE
    rounds: int = 3


WAYS: dict[str, Maker] = {
    BASE: sending.bare,
    RAW: sending.raw,
    PATCH: sending.tus_patch,
    FORM: sending.entry_form,
}


def run() -> Iterator[Result]:
    yield from measured(shared_site(), Size())


def measured(site: Site, size: Size) -> Iterator[Result]:
    room = shutil.disk_usage(site.folder).free - RESERVE_BYTES
    sizes = [one for one in size.bytes if one < room]
    with ExitStack() as stack:
        web = stack.enter_context(site.web())
        bare = uvicorn(f"{PEERS}.bare_asgi:application")
        peer = stack.enter_context(site.peer("asgi", bare))
        servers = {name: peer if name == BASE else web for name in WAYS}
        found = {one: waits(site, servers, one, size.rounds) for one in sizes}
    for name in WAYS:
        yield result_of(name, {one: found[one][name] for one in sizes}, size)


def waits(
    site: Site, servers: Mapping[str, Web], size: int, rounds: int
) -> dict[str, list[float]]:
    """Seconds after the last byte of one size, for each way in, taken in turn."""
    tickets = site.seed("tickets", len(WAYS) * rounds, size)
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, make in WAYS.items():
            seconds = wait_after_last_byte(servers[name], make, tickets.pop(), size)
            found[name].append(seconds)
            site.empty()
    return found


def wait_after_last_byte(web: Web, make: Maker, ticket: Ticket, size: int) -> float:
    pieces = make(ticket, size)
    with Line(web.port) as line:
        line.send(*pieces)
        started = time.perf_counter()
        expect(line.answer(), *ACKNOWLEDGED)
        return time.perf_counter() - started


def result_of(name: str, waits: dict[int, list[float]], size: Size) -> Result:
    medians = {told(one): median(seconds) for one, seconds in waits.items()}
    base = told(size.base)
    return Result(
        f"last byte to answer: {name}",
        base,
        size.rounds,
        {one: round(wait / medians[base], 2) for one, wait in medians.items()},
        {one: {"ms": round(1000 * wait, 1)} for one, wait in medians.items()},
    )


def told(size: int) -> str:
    return f"{size / MEBIBYTE:g} MiB"
