"""The measurement of staff pages runs, in miniature; figures are not looked at."""

from __future__ import annotations

import pytest

from benchmarks import bench_staff_pages as bench
from mycenas.core.states.db_invariants import differences

pytestmark = [pytest.mark.trial, pytest.mark.django_db(transaction=True)]


def test_each_page_is_measured_with_few_and_with_many_entries():
    results = list(bench.measured(bench.Size(few=20, many=40, pages=1, rounds=1)))
    assert len(results) == 8 + 2 * 16
    assert all(set(one.ratios) == {"20 entries", "40 entries"} for one in results)
    assert differences() == []
