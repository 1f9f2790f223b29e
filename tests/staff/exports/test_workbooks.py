"""Exports as Excel workbooks, opened by another program than wrote them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.db.models import DateTimeField, IntegerField, Value
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from mycenas.accounts.models import User
from mycenas.staff.exports import workbooks, workflow
from mycenas.staff.exports.cells import BEFORE, FORMULA
from mycenas.staff.exports.kinds import Column, Content
from mycenas.staff.exports.output import Output
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import store
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    organizer_of,
)

pytestmark = pytest.mark.django_db

# Without "\r": whoever reads XML takes it for "\n", and text fields hold none.
TEXT = st.text(
    st.one_of(
        st.sampled_from(FORMULA.replace("\r", "") + BEFORE + "_x0041&<>\x01"),
        st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]),
    )
)


def workbook_of(export):
    assert export.state == X.DONE, export.problem
    with store().open_export(export.file) as file:
        data = file.read()
    assert export.sha256 == hashlib.sha256(data).hexdigest()
    assert export.size == len(data)
    return opened(data)


def opened(data):
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    return openpyxl.load_workbook(io.BytesIO(data))["rows"]


def written(person, columns, zone=UTC):
    """A workbook of one row, as it is in the storage."""
    with Output() as output:
        rows = User.objects.filter(pk=person.pk)
        workbooks.write_workbook(output, rows, columns, zone)
        return opened(output.seal().path.read_bytes())


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", time_zone="Europe/Athens")


def test_a_workbook_holds_the_rows_of_the_table(competition):
    make = {"competition": competition}
    entry = SubmissionFactory(**make, state=S.PENDING, title="=1+1")
    SubmissionFactory(**make, state=S.RESERVED)
    export = ExportFactory(of=competition, format="xlsx", state=X.DONE)
    sheet = workbook_of(export)
    head, first, second = sheet.iter_rows()
    assert [cell.value for cell in head] == export.columns
    assert export.row_count == export.written == export.total == 2
    cells = dict(zip(export.columns, first, strict=True))
    assert cells["title"].value == "=1+1"
    assert cells["title"].data_type == "s"
    assert cells["title"].number_format == "@"
    assert cells["size"].value == entry.size
    assert cells["artist_email"].value == entry.participant.email
    # What is missing is no text.
    missing = dict(zip(export.columns, second, strict=True))
    assert missing["size"].value is None


def test_times_are_dates_in_the_zone_of_the_competition(competition):
    entry = SubmissionFactory(competition=competition)
    export = ExportFactory(of=competition, format="xlsx", state=X.DONE)
    head, row = workbook_of(export).iter_rows()
    (cell,) = (
        cell for name, cell in zip(head, row, strict=True) if name.value == "arrived_at"
    )
    local = entry.arrived_at.astimezone(competition.zone)
    assert cell.is_date
    assert abs(cell.value - local.replace(tzinfo=None)) < timedelta(milliseconds=1)
    assert f'"{local.isoformat()[-6:]}"' in cell.number_format


def test_an_hour_that_comes_twice_is_shown_with_its_offset(competition):
    moments = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    columns = [
        Column(f"at{place}", Value(at, DateTimeField()), Content.MOMENT)
        for place, at in enumerate(moments)
    ]
    _head, row = written(UserFactory(), columns, competition.zone).iter_rows()
    assert [cell.value for cell in row] == [datetime(2026, 10, 25, 3, 30)] * 2  # noqa: DTZ001  as cells are
    assert "+03:00" in row[0].number_format
    assert "+02:00" in row[1].number_format


@given(st.lists(TEXT, min_size=1, max_size=4))
@example(["=1+1", "＝cmd|' /C calc'!A0", "+1", "https://example.org"])
@example(["_x0041_", "\x01", "\ufffe", "12", " x "])
def test_every_text_is_a_text_as_it_is(texts):
    columns = [Column(f"n{place}", Value(one)) for place, one in enumerate(texts)]
    _head, row = written(UserFactory(), columns).iter_rows()
    assert [unescape(cell.value or "") for cell in row] == texts
    assert {cell.data_type for cell in row if cell.value} <= {"s"}
    assert not any(cell.hyperlink for cell in row)


def test_numbers_keep_all_of_their_digits():
    columns = [
        Column(f"n{place}", Value(one, IntegerField()), Content.NUMBER)
        for place, one in enumerate((7, -7, 10**15 - 1, 10**17 + 1))
    ]
    _head, row = written(UserFactory(), columns).iter_rows()
    assert [cell.value for cell in row] == [7, -7, 10**15 - 1, str(10**17 + 1)]


def test_a_text_that_is_too_long_says_that_it_is_cut():
    texts = ["x" * 40_000, "😀" * 20_000, "y" * 32_767]
    columns = [Column(f"n{place}", Value(one)) for place, one in enumerate(texts)]
    _head, row = written(UserFactory(), columns).iter_rows()
    for cell, text in zip(row[:2], texts[:2], strict=True):
        kept = cell.value.removesuffix(workbooks.CUT)
        assert kept != cell.value
        assert text.startswith(kept)
        assert 32_760 < len(cell.value.encode("utf-16-le")) / 2 <= 32_767
    assert row[2].value == texts[2]


@pytest.mark.parametrize("before", [True, False])
def test_more_rows_than_a_sheet_holds_are_refused(competition, monkeypatch, before):
    """Also those that came after they were counted."""
    for _ in range(3):
        SubmissionFactory(competition=competition)
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)
    if not before:
        monkeypatch.setattr(workflow, "check_rows", lambda count: None)
    export = ExportFactory(of=competition, format="xlsx")
    staged = list(store().stale_staging(-1))
    assert workflow.run(export.pk)
    export.refresh_from_db()
    assert export.state == X.FAILED
    assert "holds 2 rows below its head, and these are 3" in export.problem
    assert "CSV" in export.problem
    assert list(store().stale_staging(-1)) == staged


def test_the_room_of_entries_is_left_to_them(competition, settings):
    settings.STORAGE_RESERVE = store().free_bytes() + 1024**3
    export = ExportFactory(of=competition, format="xlsx")
    assert workflow.run(export.pk)
    export.refresh_from_db()
    assert "0 MB are free" in export.problem


def test_a_list_leads_to_a_workbook(competition, signed_in):
    client = signed_in(organizer_of(competition))
    address = "/admin/exports/export/add/?kind=entries"
    assert 'value="xlsx"' in client.get(address).text
