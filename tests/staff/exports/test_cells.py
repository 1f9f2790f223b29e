"""No cell of a file begins a formula, and each can be read back."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.db.models import Value
from hypothesis import example, given
from hypothesis import strategies as st

from mycenas.accounts.models import User
from mycenas.staff.exports.cells import BEFORE, FORMULA, safe
from mycenas.staff.exports.kinds import Column
from mycenas.staff.exports.tables import csv_blocks
from tests.factories import UserFactory
from tests.staff.exports.reading import read_back

pytestmark = pytest.mark.django_db

TEXT = st.text(
    st.one_of(
        st.sampled_from(FORMULA + BEFORE + '";,|\n'),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    )
)


def safe_cell(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {safe('%(text)s::text')}", {"text": text})
        return str(cursor.fetchone()[0])


@given(TEXT)
@example("=1+1")
@example("＝cmd|' /C calc'!A0")
@example(" \u00a0\u3000@SUM(A1)")
@example("'=1")
@example("\tx")
def test_no_cell_begins_a_formula_and_each_is_read_back(text):
    cell = safe_cell(text)
    assert not cell.strip(" \u00a0\u3000").startswith(tuple(FORMULA))
    assert read_back(cell) == text


@pytest.mark.parametrize("text", ["", "Dusk", "'Tis", "a=b", "1-2", "Ünïcode ‽"])
def test_other_cells_stay_as_they_are(text):
    assert safe_cell(text) == text


@given(st.lists(TEXT, min_size=1, max_size=4))
@example(['a","=1', "x;=2\n=3", "\r\n-4"])
def test_a_file_holds_its_rows_whatever_is_in_them(texts):
    """Separators, quotes and line ends begin no new cell, also where “;” is one."""
    person = UserFactory()
    columns = [Column(f"n{place}", Value(one)) for place, one in enumerate(texts)]
    blocks = csv_blocks(User.objects.filter(pk=person.pk), columns)
    text = b"".join(block for block, _count in blocks).decode()
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert head == [column.name for column in columns]
    assert [read_back(cell) for cell in row] == texts
    assert text.split("\n", 1)[1].startswith('"')
