"""``python -m benchmarks``: runs every ``bench_*`` module, prints and keeps ratios."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import django

import benchmarks
from benchmarks.timing import Result

RESULTS = Path(__file__).with_name("results")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A freshly migrated database beside the site's, dropped at the end."""
    from django.db import connection  # noqa: PLC0415  after the setup

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def found(wanted: list[str]) -> list[str]:
    """The modules with these names, or with names that begin like one of them."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    every = [name for name in names if name.startswith("bench_")]
    starts = tuple(f"bench_{name}" for name in wanted)
    return [name for name in every if not wanted or name.startswith(starts)]


def run(module: ModuleType) -> Iterator[Result]:
    """Print each result of one module as soon as it is there."""
    for result in module.run():
        say(f"{result.name} ({result.rounds} rounds, 1.00 = {result.base})")
        for variant, ratio in result.ratios.items():
            figures = result.figures.get(variant, {})
            told = "  ".join(f"{name} {value:g}" for name, value in figures.items())
            say(f"  {ratio:6.2f}  {variant:<44} {told}".rstrip())
        for variant, reason in result.skipped.items():
            say(f"       –  {variant}: {reason}")
        yield result


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(wanted: list[str]) -> None:
    """Run those named on the command line, or all."""
    RESULTS.mkdir(exist_ok=True)
    # Servers that were started are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    with ExitStack() as stack:
        has_database = False
        for name in found(wanted):
            module = importlib.import_module(f"benchmarks.{name}")
            # Some bring a site of their own, with servers that wait for the disk.
            if not has_database and not getattr(module, "OWN_SITE", False):
                stack.enter_context(scratch_database())
                has_database = True
            results = [asdict(result) for result in run(module)]
            path = RESULTS / f"{name[6:]}.json"
            path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
