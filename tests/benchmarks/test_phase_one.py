"""Every measurement of phase one runs, in miniature; figures are not looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from benchmarks import (
    bench_phase_one_backlog,
    bench_phase_one_before,
    bench_phase_one_crowd,
    bench_phase_one_last_byte,
    bench_phase_one_memory,
    bench_phase_one_rate,
    bench_signed_in_before,
)
from benchmarks.phase_one.site import PEER_TABLES, Site

pytestmark = [pytest.mark.trial, pytest.mark.soak]

DROP = "DROP TABLE bare_file, peer_picture"


class NearSite(Site):
    """Filled by this process, which has the site's modules, and not by one more."""

    def seed(self, what: str, *numbers: int) -> list[dict[str, str]]:
        from benchmarks.phase_one import seeding

        found: list[dict[str, str]] = seeding.COMMANDS[what](*numbers)
        return found


@pytest.fixture
def environment(transactional_db: None) -> dict[str, str]:
    """The test's own database; it does not wait for the disk, which is as well."""
    own = f"/{connection.settings_dict['NAME']}?"
    url = os.environ["DATABASE_OWNER_URL"].replace("/mycenas?", own)
    variables = {"DATABASE_URL": url, "DATABASE_OWNER_URL": url, "DEBUG": "1"}
    # One key, so that sessions which the test makes are the site's.
    variables["SECRET_KEY"] = settings.SECRET_KEY
    return {**variables, "REDIS_URL": os.environ["REDIS_URL"]}


@contextmanager
def with_peers(site: Site) -> Iterator[Site]:
    site.execute(PEER_TABLES)
    try:
        yield site
    finally:
        site.execute(DROP)


@pytest.fixture
def site(environment: dict[str, str], tmp_path: Path, settings: Any) -> Iterator[Site]:
    """Most of what a miniature would cost is starting Python to fill the site."""
    settings.DATA_DIR = tmp_path
    with with_peers(NearSite(tmp_path, environment, None)) as site:
        yield site


@pytest.fixture
def far_site(environment: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """Filled as in a real measurement."""
    with with_peers(Site(tmp_path, environment, None)) as site:
        yield site


def test_rates_are_measured_side_by_side(site):
    size = bench_phase_one_rate.Size(files=2, rounds=1, lines=2, bytes=5000)
    result = bench_phase_one_rate.measured(site, size)
    assert result.ratios[result.base] == 1
    assert all(figures["per_second"] > 0 for figures in result.figures.values())


def test_two_checkouts_are_measured_in_turn(site):
    size = bench_phase_one_before.Size(files=2, rounds=1, lines=2, bytes=5000)
    sites = {bench_phase_one_before.BEFORE: site, bench_phase_one_before.NOW: site}
    results = list(bench_phase_one_before.measured(sites, size))
    assert len(results) == len(bench_phase_one_before.WAYS)
    assert all(result.ratios[result.base] == 1 for result in results)


def test_signed_in_pages_of_two_checkouts_are_measured(site):
    size = bench_signed_in_before.Size(rounds=1, requests=2)
    sites = {bench_phase_one_before.BEFORE: site, bench_phase_one_before.NOW: site}
    results = list(bench_signed_in_before.measured(sites, size))
    names = [result.name.split(":")[0] for result in results]
    assert names == ["My entries", "an entry", "like"]


def test_the_interval_of_a_ratio_surrounds_it():
    low, high = bench_phase_one_before.interval([9.0, 10.0, 11.0], [19.0, 20.0, 21.0])
    assert low < 0.5 < high


def test_the_wait_after_the_last_byte_is_measured(site):
    size = bench_phase_one_last_byte.Size(bytes=(1000, 9000), base=1000, rounds=1)
    results = list(bench_phase_one_last_byte.measured(site, size))
    assert len(results) == len(bench_phase_one_last_byte.WAYS)


def test_memory_is_measured(site):
    size = bench_phase_one_memory.Size(files=2, bytes=9000)
    assert len(bench_phase_one_memory.measured(site, size).figures) == 3


def test_a_backlog_is_measured(far_site):
    size = bench_phase_one_backlog.Size(waiting=3, files=2, rounds=1, lines=2)
    assert len(bench_phase_one_backlog.measured(far_site, size).ratios) == 2


def test_pages_beside_a_crowd_are_measured(site):
    size = bench_phase_one_crowd.Size(
        uploads=2, pictures=1, pages=2, rounds=1, lines=2, bytes=1_000_000
    )
    result = bench_phase_one_crowd.measured(site, size)
    assert result.ratios[result.base] == 1
