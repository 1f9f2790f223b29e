"""Exports beside the plainest way to get the same: speed, and memory.

*psql* copies the plain columns to a file. The export makes each cell safe, computes the
SHA-256 and makes the file durable. ``growth`` is by how many MB the process was larger
than before at its largest. `EXPORT_ROWS` sets the number of rows.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

from benchmarks.timing import Result, compare
from mycenas.accounts.models import User
from mycenas.core.models import Mail
from mycenas.embedded.programs import find_postgres
from mycenas.staff.exports.archives import Member, write_archive
from mycenas.staff.exports.journal import MAIL
from mycenas.staff.exports.output import Output
from mycenas.staff.exports.tables import csv_blocks
from mycenas.staff.exports.workbooks import write_workbook
from mycenas.storage import store
from tests.factories import UserFactory

BASE = "psql \\copy of plain columns"
EXPORT = "export as CSV"
WORKBOOK = "export as XLSX"
PLAIN = "the files one after the other"
ARCHIVE = "export as ZIP"
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
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Size:
    rows: int = 1_000_000
    files: int = 1000
    file_bytes: int = MEBIBYTE
    rounds: int = 5


def run() -> Iterator[Result]:
    size = Size(rows=int(os.environ.get("EXPORT_ROWS", Size.rows)))
    yield measured_archive(size)
    fill(size.rows)
    yield measured(size)
    yield measured_workbook(size)


def fill(rows: int) -> None:
    with connection.cursor() as cursor:
        # It takes minutes, with the stamps of each row.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL, [rows])
        cursor.execute("ANALYZE core_mail")


def measured(size: Size) -> Result:
    """CSV of the rows that `fill` made."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "plain.csv"
        acts = {BASE: lambda: copy_by_psql(target), EXPORT: lambda: export(size.rows)}
        export(1)
        growth = growth_by(acts[EXPORT])
        result = compare(
            f"CSV of {size.rows} rows", acts, base=BASE, rounds=size.rounds
        )
    speed = round(1 / result.ratios[EXPORT], 2)
    result.figures[EXPORT] |= {"speed": speed, "growth": growth}
    return result


def measured_workbook(size: Size) -> Result:
    """XLSX of the same rows, as many as a sheet holds; once, as it takes longest."""
    acts = {
        EXPORT: lambda: export(size.rows),
        WORKBOOK: lambda: export_workbook(size.rows),
    }
    export_workbook(1)
    growth = growth_by(acts[WORKBOOK])
    result = compare(f"XLSX of {size.rows} rows", acts, base=EXPORT, rounds=1)
    result.figures[WORKBOOK] |= {"growth": growth}
    return result


def measured_archive(size: Size) -> Result:
    """ZIP of originals, beside writing the same bytes as one file."""
    members = list(originals(size))
    acts = {PLAIN: lambda: export_plain(members), ARCHIVE: lambda: archive(members)}
    archive(members[:1])
    growth = growth_by(acts[ARCHIVE])
    result = compare(
        f"ZIP of {size.files} originals of {size.file_bytes // MEBIBYTE} MB",
        acts,
        base=PLAIN,
        rounds=min(3, size.rounds),
    )
    result.figures[ARCHIVE] |= {"growth": growth}
    for member in members:
        store().remove_original(member.original)
    return result


def administrator() -> User:
    """The person who exports: the outbox is for administrators."""
    found = User.objects.filter(is_superuser=True).first()
    return found or UserFactory(is_superuser=True)


def export(rows: int) -> None:
    """What a worker does, without the row of the export."""
    found = MAIL.rows(None, administrator())[:rows]
    with Output() as output:
        with closing(csv_blocks(found, MAIL.columns)) as blocks:
            for block in blocks:
                output.write_rows(*block)
        keep(output, rows)


def export_workbook(rows: int) -> None:
    found = MAIL.rows(None, administrator())[:rows]
    with Output() as output:
        write_workbook(output, found, MAIL.columns, UTC)
        keep(output, rows)


def originals(size: Size) -> Iterator[Member]:
    for number in range(size.files):
        writer = store().stage()
        writer.write(secrets.token_bytes(size.file_bytes))
        staged = writer.seal()
        name = store().keep(staged, suffix=f"bench{number}")
        yield Member(f"{number}.jpeg", name, staged.sha256, staged.size)


def archive(members: list[Member]) -> None:
    with Output() as output:
        write_archive(output, members)
        keep(output, len(members))


def export_plain(members: list[Member]) -> None:
    with Output() as output:
        for member in members:
            with store().open_original(member.original) as file:
                digest = hashlib.sha256()
                while block := file.read(MEBIBYTE):
                    digest.update(block)
                    output.write(block)
            output.rows += 1
        keep(output, len(members))


def keep(output: Output, rows: int) -> None:
    """Make the file durable, as the end of an export does."""
    store().save_export(output.seal(), "benchmark")
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


def growth_by(act: Callable[[], None]) -> float:
    """By how many MB the process was larger while it acted."""
    before = forget_peak()
    act()
    return round((peak() - before) / 1024, 1)


def forget_peak() -> int:
    """Begin to measure anew; returns how many KB the process has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """The most KB that the process had since then."""
    status = Path("/proc/self/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1])
