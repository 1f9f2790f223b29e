"""Every measurement of phase one runs, in miniature; figures are not looked at."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from benchmarks import (
    bench_phase_one_backlog,
    bench_phase_one_crowd,
    bench_phase_one_last_byte,
    bench_phase_one_memory,
    bench_phase_one_rate,
)
from benchmarks.phase_one.site import PEER_TABLES, Site

DROP = "DROP TABLE bare_file, peer_picture"


@pytest.fixture
def site(transactional_db: None) -> Iterator[Site]:
    """The test's own database; it does not wait for the disk, which is as well."""
    own = f"/{connection.settings_dict['NAME']}?"
    url = os.environ["DATABASE_OWNER_URL"].replace("/mycenas?", own)
    variables = {"DATABASE_URL": url, "DATABASE_OWNER_URL": url, "DEBUG": "1"}
    variables["REDIS_URL"] = os.environ["REDIS_URL"]
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), variables, None)
        site.execute(PEER_TABLES)
        try:
            yield site
        finally:
            site.execute(DROP)


def test_rates_are_measured_side_by_side(site):
    size = bench_phase_one_rate.Size(files=2, rounds=1, lines=2, bytes=5000)
    result = bench_phase_one_rate.measured(site, size)
    assert result.ratios[result.base] == 1
    assert all(figures["per_second"] > 0 for figures in result.figures.values())


def test_the_wait_after_the_last_byte_is_measured(site):
    size = bench_phase_one_last_byte.Size(bytes=(1000, 9000), base=1000, rounds=1)
    results = list(bench_phase_one_last_byte.measured(site, size))
    assert len(results) == len(bench_phase_one_last_byte.WAYS)


def test_memory_is_measured(site):
    size = bench_phase_one_memory.Size(files=2, bytes=9000)
    assert len(bench_phase_one_memory.measured(site, size).figures) == 3


def test_a_backlog_is_measured(site):
    size = bench_phase_one_backlog.Size(waiting=3, files=2, rounds=1, lines=2)
    assert len(bench_phase_one_backlog.measured(site, size).ratios) == 2


def test_pages_beside_a_crowd_are_measured(site):
    size = bench_phase_one_crowd.Size(
        uploads=2, pictures=1, pages=2, rounds=1, lines=2, bytes=1_000_000
    )
    result = bench_phase_one_crowd.measured(site, size)
    assert result.ratios[result.base] == 1
