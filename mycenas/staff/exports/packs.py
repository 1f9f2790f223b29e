"""Numbered pages for a jury, to read and print without this site: one ZIP.

Each row gets a number, drawn in an order that follows neither arrival nor name. Which
number stands for which row is kept in the database, apart from the file, so that the
file can be given away. It is written in one pass and in constant memory.
"""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from django.db import connection
from django.db.models import QuerySet
from django.template.loader import render_to_string

from mycenas.staff.exports.archives import MOMENT, copy_file, write_text
from mycenas.staff.exports.kinds import Exhibit, Exhibits
from mycenas.staff.exports.models import Export, ExportNumber
from mycenas.staff.exports.output import Output
from mycenas.storage import store

# Exhibits of one page: so many pictures are still quick to open and to print.
ON_A_PAGE = 50
STYLE = "style.css"
# The seed is kept nowhere, so that a number says nothing of its row.
DRAW = """
INSERT INTO exports_exportnumber (export_id, number, reference)
SELECT %s, row_number() OVER (ORDER BY sha256(%s || convert_to(reference, 'UTF8'))),
  reference
FROM ({rows}) AS rows (reference)
"""


@dataclass(frozen=True)
class Page:
    """A page of exhibits: its file, and the first and last number on it."""

    file: str
    first: int
    last: int


def draw_numbers(export: Export, rows: QuerySet[Any], reference: str) -> int:
    """Give each row a number, once for all attempts; returns how many have one."""
    numbers = ExportNumber.objects.filter(export=export)
    if not numbers.exists():
        references = rows.order_by().values_list(reference)
        inner, parameters = references.query.sql_with_params()
        with connection.cursor() as cursor:
            seed = secrets.token_bytes(32)
            cursor.execute(DRAW.format(rows=inner), [export.pk, seed, *parameters])
    return numbers.count()


def write_pack(output: Output, export: Export, look_up: Exhibits) -> None:
    """Write the pages and pictures of all rows that have a number."""
    with zipfile.ZipFile(cast("IO[bytes]", output), "w") as archive:
        write_text(archive, STYLE, render_to_string("admin/exports/pack.css"))
        pages: list[Page] = []
        for numbers in _batches(export):
            page = Page(_page_name(len(pages) + 1), numbers[0][0], numbers[-1][0])
            exhibits = _exhibits(archive, look_up, numbers)
            _write_page(archive, export, page, exhibits=exhibits)
            output.rows += len(numbers)
            pages.append(page)
        _write_page(archive, export, Page("index.html", 1, output.rows), pages=pages)


def _batches(export: Export) -> Iterator[list[tuple[int, str]]]:
    numbers = ExportNumber.objects.filter(export=export).order_by("number")
    rows = numbers.values_list("number", "reference")
    after = 0
    while batch := list(rows.filter(number__gt=after)[:ON_A_PAGE]):
        yield batch
        after = batch[-1][0]


def _page_name(place: int) -> str:
    return f"page-{place:04}.html"


def _exhibits(
    archive: zipfile.ZipFile, look_up: Exhibits, numbers: list[tuple[int, str]]
) -> list[dict[str, Any]]:
    """What a page shows, in the order of the numbers; the pictures are written."""
    found = look_up([reference for _number, reference in numbers])
    shown = []
    for number, reference in numbers:
        exhibit = found.get(reference)
        picture = f"pictures/{number:04}.webp"
        has_picture = exhibit is not None and _add_picture(archive, picture, exhibit)
        values = {"number": number, "exhibit": exhibit}
        shown.append({**values, "picture": picture if has_picture else ""})
    return shown


def _add_picture(archive: zipfile.ZipFile, name: str, exhibit: Exhibit) -> bool:
    """Copy the picture; False if there is none."""
    if not exhibit.picture:
        return False
    try:
        file = store().open_rendition(exhibit.picture)
    except FileNotFoundError:
        return False
    about = zipfile.ZipInfo(name, MOMENT)
    about.file_size = exhibit.size
    copy_file(archive, about, file)
    return True


def _write_page(
    archive: zipfile.ZipFile, export: Export, page: Page, **more: Any
) -> None:
    context = {"of": export.scope_name, "page": page, "style": STYLE, **more}
    write_text(archive, page.file, render_to_string("admin/exports/pack.html", context))
