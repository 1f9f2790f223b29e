"""``python -m benchmarks``: runs every ``bench_*`` module, prints and keeps ratios."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import django

import benchmarks
from benchmarks.timing import Result

RESULTS = Path(__file__).with_name("results")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A freshly migrated database beside the site's, dropped at the end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.db import connection  # noqa: PLC0415  after the setup

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def found(wanted: list[str]) -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    every = [name for name in names if name.startswith("bench_")]
    return [name for name in every if not wanted or name[6:] in wanted]


def run(name: str) -> Iterator[Result]:
    """Print each result of one module as soon as it is there."""
    for result in importlib.import_module(f"benchmarks.{name}").run():
        say(f"{result.name} ({result.rounds} rounds, 1.00 = {result.base})")
        for variant, ratio in result.ratios.items():
            say(f"  {ratio:6.2f}  {variant}")
        yield result


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(wanted: list[str]) -> None:
    """Run those named on the command line, or all."""
    RESULTS.mkdir(exist_ok=True)
    with scratch_database():
        for name in found(wanted):
            results = [asdict(result) for result in run(name)]
            path = RESULTS / f"{name[6:]}.json"
            path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
