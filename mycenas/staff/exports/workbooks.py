"""Rows as an Excel workbook (XLSX), written row by row in constant memory.

XlsxWriter keeps one row in memory and the others in a temporary file, of which it makes
a second one with the head and the end of the sheet; then it compresses that one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError
from mycenas.staff.exports.cells import TYPED, query_of
from mycenas.staff.exports.kinds import Column, Content
from mycenas.staff.exports.output import STRIDE, Output, check_room
from mycenas.staff.exports.tables import AT_ONCE, LONGEST
from mycenas.storage import StorageFailed, store

# Of a sheet, without its head; the program takes no more.
MOST_ROWS = 1_048_575
# Of a cell, in units of UTF-16; and what stands at the end of a longer text.
MOST_UNITS = 32_767
CUT = " … [cut: a cell holds 32,767 characters; the CSV file has all of the text]"
# Programs keep 15 digits of a number.
EXACT = 10**15
MOMENT_WIDTH, TEXT_WIDTH = 31, 20
# Free space is asked for after so many rows.
ROWS_OF_A_CHECK = 20 * AT_ONCE


class TooManyRows(ProblemError):
    """A workbook cannot hold so many rows."""

    code = "too_many_rows_for_workbook"


def check_rows(count: int) -> None:
    """Raise ``TooManyRows`` if a sheet cannot hold ``count`` rows."""
    if count > MOST_ROWS:
        sentence = _(
            "An Excel sheet holds %(most)s rows below its head, and these are "
            "%(count)s. Export them as CSV, or narrow the export with a filter."
        )
        raise TooManyRows(sentence % {"most": f"{MOST_ROWS:,}", "count": f"{count:,}"})


def write_workbook(
    output: Output, rows: QuerySet[Any], columns: Sequence[Column], zone: tzinfo
) -> None:
    """Write the rows as they are at one moment; times are shown in ``zone``.

    Raises ``TooManyRows`` if there are more than a sheet holds.
    """
    with store().scratch() as folder:
        workbook = _begin(output, folder)
        sheet = _Sheet(workbook, columns, zone)
        with closing(sheet), closing(_batches(rows, columns)) as batches:
            for batch in batches:
                check_rows(output.rows + len(batch))
                for row in batch:
                    output.rows += 1
                    sheet.write(output.rows, row)
                if output.rows % ROWS_OF_A_CHECK == 0:
                    _check_room(folder)
            _check_room(folder)
            _end(workbook)


def _begin(output: Output, folder: Path) -> Any:
    # Only the process that exports waits for it, no other one when it starts.
    from xlsxwriter import Workbook  # noqa: PLC0415

    options = {"constant_memory": True, "tmpdir": str(folder), "use_zip64": True}
    return Workbook(cast(Any, output), options)


def _end(workbook: Any) -> None:
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415

    try:
        workbook.close()
    except FileCreateError as error:
        raise StorageFailed(f"end a workbook: {error}") from error


def _check_room(folder: Path) -> None:
    """What was written so far is copied once, and then compressed."""
    written = sum(path.stat().st_size for path in folder.iterdir())
    check_room(written + STRIDE)


def _batches(
    rows: QuerySet[Any], columns: Sequence[Column]
) -> Generator[list[tuple[Any, ...]], None, None]:
    statement, parameters = query_of(rows, columns, TYPED)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LONGEST)
        with connection.chunked_cursor() as cursor:
            cursor.execute(statement, parameters)
            while batch := cursor.fetchmany(AT_ONCE):
                yield batch


class _Sheet:
    """The sheet with its head; each cell has the type of its column."""

    def __init__(self, workbook: Any, columns: Sequence[Column], zone: tzinfo) -> None:
        self._workbook, self._zone = workbook, zone
        self._sheet = workbook.add_worksheet("rows")
        # A text that looks like a formula stays text, also after it is edited.
        self._text = workbook.add_format({"num_format": "@"})
        self._moment_format = cache(self._new_moment_format)
        write: dict[Content, Callable[[int, int, Any], None]] = {
            Content.TEXT: self._write_text,
            Content.NUMBER: self._write_number,
            Content.MOMENT: self._write_moment,
        }
        self._writers = [write[column.content] for column in columns]
        self._sheet.freeze_panes(1, 0)
        head = workbook.add_format({"bold": True, "num_format": "@"})
        for place, column in enumerate(columns):
            is_moment = column.content is Content.MOMENT
            width = MOMENT_WIDTH if is_moment else TEXT_WIDTH
            self._sheet.set_column(place, place, width)
            self._sheet.write_string(0, place, column.name, head)

    def write(self, number: int, row: Sequence[Any]) -> None:
        """Write a row; a value that is missing is an empty cell."""
        for place, value in enumerate(row):
            if value is not None:
                self._writers[place](number, place, value)

    def close(self) -> None:
        """Close the temporary file, also if the workbook does not come to its end."""
        self._sheet.row_data_fh.close()

    def _write_text(self, row: int, place: int, text: str) -> None:
        if self._sheet.write_string(row, place, text, self._text) < 0:
            most = (MOST_UNITS - len(CUT)) * 2
            # No character is cut in two.
            kept = text.encode("utf-16-le")[:most].decode("utf-16-le", "ignore")
            self._sheet.write_string(row, place, kept + CUT, self._text)

    def _write_number(self, row: int, place: int, number: int) -> None:
        if abs(number) < EXACT:
            self._sheet.write_number(row, place, number)
        else:
            self._write_text(row, place, str(number))

    def _write_moment(self, row: int, place: int, moment: datetime) -> None:
        local = moment.astimezone(self._zone)
        shown = self._moment_format(local.isoformat()[-6:])
        self._sheet.write_datetime(row, place, local.replace(tzinfo=None), shown)

    def _new_moment_format(self, offset: str) -> Any:
        """A cell has no zone, so that the format shows the distance from UTC."""
        return self._workbook.add_format(
            {"num_format": f'yyyy-mm-dd hh:mm:ss.000 "{offset}"', "align": "left"}
        )
