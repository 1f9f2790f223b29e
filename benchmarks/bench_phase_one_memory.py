"""Peak memory of the web process while large files come in side by side.

The ratio is the process's peak over its memory at rest, which it has after one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.phase_one import sending
from benchmarks.phase_one.load import together
from benchmarks.phase_one.processes import Web, forget_peak, memory
from benchmarks.phase_one.sending import MEBIBYTE, Maker, at_once
from benchmarks.phase_one.site import Site, shared_site
from benchmarks.phase_one.variants import FORM, PATCH, RAW
from benchmarks.timing import Result

OWN_SITE = True
IDLE = "at rest"


@dataclass(frozen=True)
class Size:
    """So many files of so many bytes at once."""

    files: int = 16
    bytes: int = 500 * MEBIBYTE


WAYS: dict[str, Maker] = {
    RAW: sending.raw,
    PATCH: sending.tus_patch,
    FORM: sending.entry_form,
}


def run() -> Iterator[Result]:
    yield measured(shared_site(), Size())


def measured(site: Site, size: Size) -> Result:
    figures: dict[str, dict[str, float]] = {}
    ratios = {IDLE: 1.0}
    for name, make in WAYS.items():
        # A fresh process for each way, so that none inherits the other's peak.
        with site.web() as web:
            send(site, web, make, MEBIBYTE, size.files)
            idle = memory(web.pid, "VmRSS")
            forget_peak(web.pid)
            send(site, web, make, size.bytes, size.files)
            peak = memory(web.pid, "VmHWM")
        figures[name] = {
            "idle_mib": round(idle / MEBIBYTE, 1),
            "peak_mib": round(peak / MEBIBYTE, 1),
            "above_idle_mib": round((peak - idle) / MEBIBYTE, 1),
        }
        ratios[name] = round(peak / idle, 2)
    name = f"memory with {size.files} files of {size.bytes:,} bytes at once"
    return Result(name, IDLE, 1, ratios, figures)


def send(site: Site, web: Web, make: Maker, size: int, files: int) -> None:
    tickets = site.seed("tickets", files, size)
    acts = [at_once(make, ticket, size) for ticket in tickets]
    together(web.port, acts, lines=files)
    site.empty()
