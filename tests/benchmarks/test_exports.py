"""Exports are measured in miniature; only memory is looked at."""

from __future__ import annotations

import pytest

from benchmarks import bench_exports

SIZE = bench_exports.Size(rows=200_000, files=50, file_bytes=2_000_000, rounds=1)
# MB; the files have 20 times as many, or more.
MOST = 20

pytestmark = [pytest.mark.trial, pytest.mark.django_db(transaction=True)]


# Fewer rows than these would fit into the allowance.
@pytest.mark.soak
def test_a_table_needs_the_same_memory_for_any_number_of_rows():
    bench_exports.fill(SIZE.rows)
    table = bench_exports.measured(SIZE)
    assert table.figures[bench_exports.EXPORT]["growth"] < MOST
    workbook = bench_exports.measured_workbook(SIZE)
    assert workbook.figures[bench_exports.WORKBOOK]["growth"] < MOST


def test_an_archive_needs_the_same_memory_for_any_number_of_files():
    archive = bench_exports.measured_archive(SIZE)
    assert archive.figures[bench_exports.ARCHIVE]["growth"] < MOST
