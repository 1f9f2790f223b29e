"""The measurement of pages runs, in miniature; figures are not looked at."""

from __future__ import annotations

import pytest

from benchmarks import bench_pages


@pytest.mark.django_db
def test_pages_are_measured_side_by_side():
    size = bench_pages.Size(pictures=1, competitions=1, pages=1, rounds=1)
    result = bench_pages.measured(size)
    assert result.ratios[result.base] == 1
    assert len(result.ratios) == 7
