"""An export as CSV beside psql's ``\\copy`` of the same rows: speed, and memory.

*psql* copies the plain columns to a file. The export makes each cell safe, computes the
SHA-256 and makes the file durable. ``growth`` is by how many MB the process was larger
than before at its largest. `EXPORT_ROWS` sets the number of rows.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

from benchmarks.timing import Result, compare
from mycenas.accounts.models import User
from mycenas.core.models import Mail
from mycenas.embedded.programs import find_postgres
from mycenas.staff.exports.journal import MAIL
from mycenas.staff.exports.output import Output
from mycenas.staff.exports.tables import csv_blocks
from mycenas.storage import store

BASE = "psql \\copy of plain columns"
EXPORT = "export as CSV"
COLUMNS = '"to", subject, created_at, attempts, sent_at'
# A title in ten begins like a formula.
FILL = """
INSERT INTO core_mail ("to", subject, body, attempts)
SELECT 'artist' || n || '@example.org',
  CASE WHEN n %% 10 = 0 THEN '=' ELSE '' END
    || 'Your entry “Dusk over the sea” no. ' || n,
  '', n %% 8
FROM generate_series(1, %s) AS n
"""


@dataclass(frozen=True)
class Size:
    rows: int = 1_000_000
    rounds: int = 5


def run() -> Iterator[Result]:
    yield measured(Size(rows=int(os.environ.get("EXPORT_ROWS", Size.rows))))


def measured(size: Size) -> Result:
    with connection.cursor() as cursor:
        # It takes minutes, with the stamps of each row.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL, [size.rows])
        cursor.execute("ANALYZE core_mail")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "plain.csv"
        acts = {BASE: lambda: copy_by_psql(target), EXPORT: lambda: export(size.rows)}
        export(1)
        before = forget_peak()
        export(size.rows)
        growth = (peak() - before) / 1024
        result = compare(
            f"CSV of {size.rows} rows", acts, base=BASE, rounds=size.rounds
        )
    result.figures[EXPORT] = {
        "speed": round(1 / result.ratios[EXPORT], 2),
        "growth": round(growth, 1),
    }
    return result


def export(rows: int) -> None:
    """What a worker does, without the row of the export."""
    found = MAIL.rows(None, User())[:rows]
    with Output() as output:
        with closing(csv_blocks(found, MAIL.columns)) as blocks:
            for block in blocks:
                output.write_rows(*block)
        store().save_export(output.seal(), "benchmark.csv")
    if output.rows != rows:
        raise RuntimeError(f"{output.rows} rows instead of {rows}")


def copy_by_psql(target: Path) -> None:
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in ("dbname", "user", "password", "host", "port")
    }
    query = f"SELECT {COLUMNS} FROM {Mail._meta.db_table} ORDER BY id"  # noqa: S608  names of ours
    subprocess.run(  # noqa: S603  ours
        [
            str(find_postgres() / "psql"),
            "--quiet",
            "--no-psqlrc",
            make_conninfo(**parameters),
            "--command",
            f"\\copy ({query}) TO '{target}' CSV HEADER",
        ],
        check=True,
    )


def forget_peak() -> int:
    """Begin to measure anew; returns how many KB the process has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """The most KB that the process had since then."""
    status = Path("/proc/self/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1])
