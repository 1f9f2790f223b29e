"""SQL of a file's cells: text that no spreadsheet takes for a formula.

In CSV a cell that begins with one of `FORMULA`, or with one of `BEFORE` and then one
of them, gets an apostrophe in front. So an apostrophe before such a beginning is always
ours: taking it away gives the text back. A workbook names the type of each cell, so
that its cells stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from mycenas.staff.exports.kinds import Column, Content

# Programs read full-width and small forms of the signs as the signs.
FORMULA = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫"
# Some programs drop spaces in front of a cell, and apostrophes are ours.
BEFORE = " '\u00a0\u3000"
MOMENT = """YYYY-MM-DD"T"HH24:MI:SS.MS"Z\""""

_CODES = ", ".join(str(ord(sign)) for sign in FORMULA)
_SUSPECT = ", ".join(str(ord(sign)) for sign in FORMULA + BEFORE)
_BEFORE = BEFORE.replace("'", "''")
# By name of the cell: `cell` is text, number or timestamp with time zone.
CSV = {
    Content.TEXT: (
        # The first condition alone is quick, and true for few cells.
        f"CASE WHEN ascii({{cell}}) IN ({_SUSPECT})"
        f" AND ascii(ltrim({{cell}}, '{_BEFORE}')) IN ({_CODES})"
        " THEN '''' || {cell} ELSE {cell} END"
    ),
    Content.NUMBER: "{cell}",
    Content.MOMENT: f"to_char({{cell}} AT TIME ZONE 'UTC', '{MOMENT}')",
}

TYPED = dict.fromkeys(Content, "{cell}")


def safe(cell: str) -> str:
    """SQL for a cell of text."""
    return CSV[Content.TEXT].format(cell=cell)


def query_of(
    rows: QuerySet[Any],
    columns: Sequence[Column],
    templates: Mapping[Content, str] = CSV,
) -> tuple[str, tuple[Any, ...]]:
    """The statement, and its parameters, that selects the cells of the rows."""
    values = rows.values_list(*(column.value for column in columns))
    inner, parameters = values.query.sql_with_params()
    names = [f"c{place}" for place in range(len(columns))]
    cells = [
        f'{_cell(column, name, templates)} AS "{column.name}"'
        for column, name in zip(columns, names, strict=True)
    ]
    statement = f"SELECT {', '.join(cells)} FROM ({inner}) AS rows ({', '.join(names)})"  # noqa: S608  SQL of Django and names of ours
    return statement, tuple(parameters)


def _cell(column: Column, name: str, templates: Mapping[Content, str]) -> str:
    text = f"{name}::text" if column.content is Content.TEXT else name
    return templates[column.content].format(cell=text)


_PROTECTED = re.compile(f"'[{re.escape(BEFORE)}]*[{re.escape(FORMULA)}]")


def unprotected(text: str) -> str:
    """The text of a cell of CSV, without the apostrophe that an export put in front."""
    return text[1:] if _PROTECTED.match(text) else text
