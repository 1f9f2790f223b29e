"""Exports are measured beside psql, in miniature; only memory is looked at."""

from __future__ import annotations

import pytest

from benchmarks import bench_exports


@pytest.mark.trial
@pytest.mark.django_db(transaction=True)
def test_an_export_needs_the_same_memory_for_any_number_of_rows():
    size = bench_exports.Size(rows=200_000, rounds=1)
    result = bench_exports.measured(size)
    assert result.figures[bench_exports.EXPORT]["growth"] < 20
