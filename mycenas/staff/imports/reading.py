"""Files of rows, CSV or XLSX, as text in cells; whatever is unsure is refused."""

from __future__ import annotations

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError
from mycenas.core.text import shown
from mycenas.staff.exports.cells import unprotected

MOST_BYTES = 512 * 1024
MOST_ROWS = 500
MOST_COLUMNS = 30
MOST_CHARACTERS = 2000
# Of a workbook when it is unpacked, and rows that are looked at, also empty ones.
MOST_UNPACKED = 20 * 1024 * 1024
MOST_LOOKED_AT = 5000
# A tag of styles takes 50 µs and a KB, one of cells a tenth. 500 rows of the widest
# kind, with all that programs write for them, have 30,000.
MOST_TAGS = 60_000
# Characters of one comment or tag.
MOST_MARKUP = 16 * 1024
BEFORE_MARKUP = b"\xef\xbb\xbf\xfe\xff \t\r\n"
ZIP = b"PK\x03\x04"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
SEPARATORS = (",", ";", "\t")
# RuntimeError is one with a password, or packed in a way that Python does not know.
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError,
    ParseError, expat.ExpatError, AttributeError, IndexError, KeyError, OSError,
    OverflowError, TypeError, ValueError,
)  # fmt: skip

Row = tuple[int, list[str]]

TOO_LARGE = _("The file has %(size)d KB; a file may have %(most)d KB.")
TOO_MANY = _("The file has more than %(most)d rows. Divide it.")
NO_ROWS = _("The file has no rows below its head.")
NOT_TEXT = _(
    "The file is neither an Excel workbook (.xlsx) nor text in UTF-8: byte %(place)d "
    "cannot be read. In Excel choose “CSV UTF-8” or “Excel workbook” when you save it."
)
BROKEN_WORKBOOK = _("The Excel workbook cannot be read. Save it again as .xlsx.")
TOO_MUCH_INSIDE = _(
    "The Excel workbook has far more formats and cells than its rows need. Copy the "
    "rows into a new workbook, or save them as “CSV UTF-8”."
)
BROKEN_CSV = _(
    "Row %(row)d cannot be read: its quotation marks do not match, or a cell is far too"
    " long."
)
FORMULA = _(
    "Row %(row)d, column %(column)s is a formula. Replace it by its value; a text that "
    "begins with “=” needs an apostrophe in front."
)
TOO_LONG = _(
    "Row %(row)d, column %(column)s has %(count)d characters; a cell may have %(most)d."
)
TOO_WIDE = _("Row %(row)d has more cells than the head has columns.")
UNKNOWN = _("The column “%(column)s” is not known. Columns are: %(known)s.")
TWICE = _("The column “%(column)s” is there twice.")
MISSING = _("The column “%(column)s” is missing in the first row.")


class Unreadable(ProblemError):
    """The file cannot be read; the sentence says where."""

    code = "import_unreadable"
    status = 422


@dataclass(frozen=True)
class ImportRow:
    """A row of the file with its number, as a spreadsheet counts."""

    number: int
    values: dict[str, str]


def read(
    data: bytes, *, known: Sequence[str], required: Sequence[str]
) -> list[ImportRow]:
    """The rows below the head, whose columns are of ``known``; empty rows are left out.

    Raises ``Unreadable`` with a sentence for people.
    """
    if len(data) > MOST_BYTES:
        sizes = {"size": -(-len(data) // 1024), "most": MOST_BYTES // 1024}
        raise Unreadable(TOO_LARGE % sizes)
    rows = _from_workbook(data) if data.startswith(ZIP) else _from_text(_decode(data))
    head = next(rows, (1, []))[1]
    columns = _columns(head, known, required)
    lines: list[ImportRow] = []
    for number, cells in rows:
        if len(lines) == MOST_ROWS:
            raise Unreadable(TOO_MANY % {"most": MOST_ROWS})
        lines.append(ImportRow(number, _values(number, cells, columns)))
    if not lines:
        raise Unreadable(NO_ROWS)
    return lines


def _decode(data: bytes) -> str:
    """The text; a byte order mark says that it is UTF-16, all else is UTF-8.

    Other encodings can only be guessed, and a wrong guess changes names.
    """
    is_utf16 = data.startswith(UTF16)
    if b"\0" in data and not is_utf16:
        raise Unreadable(NOT_TEXT % {"place": data.index(b"\0") + 1})
    try:
        return data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(NOT_TEXT % {"place": error.start + 1}) from error


def _from_text(text: str) -> Iterator[Row]:
    """The rows of CSV; its separator is the one that stands in the head most often."""
    head = text.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(lines, 1):
            for place, cell in enumerate(cells):
                if cell.startswith("="):
                    _refuse_formula(number, place)
            if any(cells) or number == 1:
                yield number, [unprotected(cell) for cell in cells]
    except csv.Error as error:
        raise Unreadable(BROKEN_CSV % {"row": number + 1}) from error


def _from_workbook(data: bytes) -> Iterator[Row]:
    """The rows of the workbook's first sheet."""
    # Every process of the site would need a fifth longer to start.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_inside(archive)
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        rows = book.worksheets[0].iter_rows(max_col=MOST_COLUMNS + 1)
        for number, cells in enumerate(islice(rows, MOST_LOOKED_AT + 1), 1):
            if number > MOST_LOOKED_AT:
                raise Unreadable(TOO_MANY % {"most": MOST_ROWS})
            texts = [_text_of(cell, number, place) for place, cell in enumerate(cells)]
            while texts and not texts[-1]:
                texts.pop()
            if texts or number == 1:
                yield number, texts
    except (*BROKEN, InvalidFileException) as error:
        raise Unreadable(BROKEN_WORKBOOK) from error


def _check_inside(archive: zipfile.ZipFile) -> None:
    """Refuse what takes minutes and gigabytes to read, before any of it is parsed.

    A small file may unpack to millions of tags, or name them once as an entity and
    repeat that.
    """
    unpacked = sum(one.file_size for one in archive.infolist())
    if unpacked > MOST_UNPACKED:
        sizes = {"size": unpacked // 1024, "most": MOST_UNPACKED // 1024}
        raise Unreadable(TOO_LARGE % sizes)
    tags = 0
    for one in archive.infolist():
        part = archive.read(one)
        tags += part.count(b"<")
        # Characters of UTF-16 are the same with a NUL beside them.
        plain = part.replace(b"\0", b"")
        if tags > MOST_TAGS or b"<!DOCTYPE" in plain:
            raise Unreadable(TOO_MUCH_INSIDE)
        if plain.lstrip(BEFORE_MARKUP).startswith(b"<"):
            _check_markup(part)


def _check_markup(part: bytes) -> None:
    """Refuse a long comment, instruction or tag.

    A workbook is parsed piece by piece, and after each piece such a one is read from
    its beginning again: a file of 18 KB took more than three minutes.
    """

    def check(*texts: Any) -> None:
        if sum(len(str(text)) for text in texts) > MOST_MARKUP:
            raise Unreadable(TOO_MUCH_INSIDE)

    parser = expat.ParserCreate()
    parser.CommentHandler = check
    parser.ProcessingInstructionHandler = check
    parser.StartElementHandler = check
    parser.Parse(part, True)


def _text_of(cell: Any, number: int, place: int) -> str:
    if cell.data_type == "f":
        _refuse_formula(number, place)
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        # Programs store a date as its midnight.
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return "" if value is None else str(value)


def _refuse_formula(number: int, place: int) -> None:
    raise Unreadable(FORMULA % {"row": number, "column": place + 1})


def _columns(
    head: list[str], known: Sequence[str], required: Sequence[str]
) -> list[str]:
    columns = [cell.strip().lower() for cell in head]
    for column in columns:
        if column not in known:
            names = {"column": shown(column), "known": ", ".join(known)}
            raise Unreadable(UNKNOWN % names)
        if columns.count(column) > 1:
            raise Unreadable(TWICE % {"column": column})
    for column in required:
        if column not in columns:
            raise Unreadable(MISSING % {"column": column})
    return columns


def _values(number: int, cells: list[str], columns: list[str]) -> dict[str, str]:
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        raise Unreadable(TOO_WIDE % {"row": number})
    values = dict(zip(columns, cells, strict=False))
    for column, cell in values.items():
        if len(cell) > MOST_CHARACTERS:
            facts = {"row": number, "column": column, "count": len(cell)}
            raise Unreadable(TOO_LONG % {**facts, "most": MOST_CHARACTERS})
    return {column: values.get(column, "") for column in columns}
