"""Files of rows: what is read, and what is refused with which sentence."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import suppress
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font

from mycenas.staff.imports import reading
from mycenas.staff.imports.reading import Unreadable, read

KNOWN = ("name", "slug", "position")


def rows(data):
    lines = read(data, known=KNOWN, required=("name",))
    return [(line.number, *line.values.values()) for line in lines]


def workbook(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def repacked(data, name, change):
    """The workbook with one of its parts changed."""
    found = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for one in old.namelist():
            part = old.read(one)
            new.writestr(one, change(part) if one == name else part)
    return found.getvalue()


def refused(data):
    with pytest.raises(Unreadable) as error:
        rows(data)
    return str(error.value.sentence)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_text_are_read(separator, encoding):
    text = f'Name{separator}slug\r\n"Öl; auf, Leinwand"{separator}oil\r\n'
    assert rows(text.encode(encoding)) == [(2, "Öl; auf, Leinwand", "oil")]


def test_workbooks_are_read():
    data = workbook(
        ["name", "slug", "position"],
        ["Öl", "oil", 3.0],
        [],
        ["Photo", None, date(2026, 5, 1)],
    )
    assert rows(data) == [(2, "Öl", "oil", "3"), (4, "Photo", "", "2026-05-01")]


def test_empty_rows_are_left_out_and_counted():
    assert rows(b"name\n\nA\n\n\nB\n") == [(3, "A"), (6, "B")]


def test_an_apostrophe_of_an_export_is_taken_away():
    assert rows(b"name\n'=SUM(A1)\n'Tis\n-20%\n") == [
        (2, "=SUM(A1)"),
        (3, "'Tis"),
        (4, "-20%"),
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("name\nÖl\n".encode("cp1252"), "byte 6 cannot be read"),
        ("name\nÖl\n".encode("utf-16-le"), "byte 2 cannot be read"),
        (b"name\n=1+1\n", "Row 2, column 1 is a formula"),
        (b'name\n"A\n', "Row 2 cannot be read: its quotation marks do not match"),
        (b"name\n" + b"A" * 140_000, "or a cell is far too long"),
        (b"name,colour\nA,red\n", "“colour” is not known"),
        (b"name,Name\nA,B\n", "“name” is there twice"),
        (b"slug\na\n", "“name” is missing"),
        (b"name\nA,B\n", "Row 2 has more cells"),
        (b"name\n", "no rows"),
        (b"", "missing"),
        (b"name\n" + b"x" * 2001, "2001 characters"),
        (b"name\n" + b"A\n" * 501, "more than 500 rows"),
        (b"name\n" + b"A" * reading.MOST_BYTES, "513 KB"),
        (b"PK\x03\x04 broken", "workbook cannot be read"),
        (workbook(["name"], ["=1+1"]), "Row 2, column 1 is a formula"),
        (workbook(["name"], *[["A"]] * 501), "more than 500 rows"),
    ],
)
def test_what_is_unsure_is_refused(data, said):
    assert said in refused(data)


def test_a_workbook_that_unpacks_to_more_is_refused():
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * (reading.MOST_UNPACKED + 1))
    assert "may have 20480 KB" in refused(found.getvalue())


STYLES, SHEET = "xl/styles.xml", "xl/worksheets/sheet1.xml"
ENTITY = '<!DOCTYPE a [<!ENTITY b "<xf/>">]><a/>'


def before(end, tag):
    """A change that puts many of the tag in front of the end of an element."""
    return lambda old: old.replace(end, tag * reading.MOST_TAGS + end)


LONG = b"x>" * reading.MOST_MARKUP


def inserted(place, markup):
    """A change that puts the markup in front of the first of such places."""
    return lambda old: old.replace(place, markup + place, 1)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (STYLES, before(b"</cellXfs>", b"<xf/>")),
        (SHEET, before(b"</row>", b"<c/>")),
        (SHEET, inserted(b"<sheetData", b"<!--" + LONG + b"-->")),
        (SHEET, inserted(b"<sheetData", b"<?a " + LONG + b"?>")),
        (SHEET, inserted(b" r=", b' a="' + LONG + b'"')),
        (STYLES, inserted(b"<cellXfs", b"<!--" + LONG + b"-->")),
        (STYLES, lambda old: ENTITY.encode()),
        (STYLES, lambda old: ENTITY.encode("utf-16")),
    ],
    ids=[
        "styles", "cells", "a comment", "an instruction", "an attribute",
        "a comment in the styles", "entities", "entities in UTF-16",
    ],
)  # fmt: skip
def test_a_workbook_that_takes_long_to_parse_is_refused_unparsed(part, change):
    data = repacked(workbook(["name"], ["A"]), part, change)
    assert len(data) < reading.MOST_BYTES // 8
    assert "more formats and cells than its rows need" in refused(data)


def test_a_workbook_with_all_rows_and_empty_cells_around_them_is_read():
    book = openpyxl.Workbook()
    book.active.append(KNOWN)
    for number in range(reading.MOST_ROWS):
        book.active.append([f"Name {number}", f"name-{number}", number])
        for column in range(4, 20):
            book.active.cell(number + 2, column).font = Font(size=number + 1)
    found = io.BytesIO()
    book.save(found)
    assert len(rows(found.getvalue())) == reading.MOST_ROWS


# Where a workbook says how each of its parts is packed, as (value, place) pairs.
PACKED = {
    "with a password": (b"\x01", 8),
    "packed in an unknown way": (b"\x63", 10),
    "packed as LZMA": (b"\x0e", 10),
}


@pytest.mark.parametrize("how", PACKED)
def test_a_workbook_that_is_packed_otherwise_is_refused(how):
    value, place = PACKED[how]
    data = bytearray(workbook(["name"], ["A"]))
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        data[found.start() + place : found.start() + place + 1] = value
    assert "workbook cannot be read" in refused(bytes(data))


def test_empty_rows_of_a_workbook_are_looked_at_only_so_far():
    book = openpyxl.Workbook()
    book.active["A1"] = "name"
    book.active.cell(row=900_000, column=1, value="far")
    found = io.BytesIO()
    book.save(found)
    assert "more than 500 rows" in refused(found.getvalue())


@given(
    st.binary(max_size=200) | st.binary(max_size=200).map(lambda x: b"PK\x03\x04" + x)
)
def test_no_bytes_are_an_error_of_ours(data):
    with pytest.raises(Unreadable):
        rows(data)


WHOLE = workbook(["name", "slug"], ["A", "a"])


@given(st.lists(st.tuples(st.integers(4, len(WHOLE) - 1), st.integers(0, 255))))
def test_no_damage_to_a_workbook_is_an_error_of_ours(damage):
    data = bytearray(WHOLE)
    for place, value in damage:
        data[place] = value
    with suppress(Unreadable):
        rows(bytes(data))
