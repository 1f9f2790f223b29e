"""A jury pack: numbered, without anything of the artists, and resolved apart."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import NotAllowed
from mycenas.staff.exports import packs, workflow
from mycenas.staff.exports.models import ExportNumber
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import store
from submissions.processing import workflow as processing
from submissions.review import workflow as review
from submissions.states import SubmissionState as S
from tests.database.tools import raw
from tests.factories import (
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
)
from tests.staff.exports.reading import read_back

pytestmark = pytest.mark.django_db

NUMBER = re.compile(r"<h2>(\d+)</h2>")


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=9)


def pack(competition):
    export = ExportFactory(kind="jury_pack", of=competition, state=X.DONE)
    with store().open_export(export.file) as file:
        data = file.read()
    assert export.sha256 == hashlib.sha256(data).hexdigest()
    found = zipfile.ZipFile(io.BytesIO(data))
    assert found.testzip() is None
    return export, found


def text_of(data):
    names = [name for name in data.namelist() if name.endswith(".html")]
    return "".join(data.read(name).decode() for name in names)


def numbers_of(export):
    return dict(export.numbers.values_list("reference", "number"))


def test_accepted_entries_are_shown_under_numbers(competition, jpeg):
    entry = SubmissionFactory(competition=competition, state=S.RECEIVED, data=jpeg)
    processing.process(entry.pk)
    entry.refresh_from_db()
    review.approve(entry, by=organizer_of(entry), is_final=True)
    for state in (S.PENDING, S.REJECTED, S.RECEIVED):
        SubmissionFactory(competition=competition, state=state)
    SubmissionFactory(state=S.APPROVED)
    export, data = pack(competition)
    assert export.row_count == export.total == 1
    assert numbers_of(export) == {entry.public_id: 1}
    page = data.read("page-0001.html").decode()
    assert NUMBER.findall(page) == ["1"]
    assert entry.title in page
    assert 'src="pictures/0001.webp"' in page
    assert 'href="page-0001.html"' in data.read("index.html").decode()
    with store().open_rendition(entry.rendition(1920).name) as file:
        assert data.read("pictures/0001.webp") == file.read()


def test_a_pack_says_nothing_of_the_artists(competition):
    names = ("Ada Lovelace", "Grace Hopper", "Mary Shelley")
    entries = [
        SubmissionFactory(
            competition=competition,
            participant=UserFactory(name=name),
            state=S.APPROVED,
        )
        for name in names
    ]
    _export, data = pack(competition)
    everything = text_of(data) + " ".join(data.namelist())
    for entry in entries:
        person = entry.participant
        hidden = (
            person.name, person.email, entry.original_name, entry.public_id,
            entry.token, entry.sha256, entry.original,
        )  # fmt: skip
        assert not [one for one in hidden if one and one in everything]


def test_the_order_follows_neither_arrival_nor_name(competition):
    """A chance of 1 in 9! for each of two orders, of two packs."""
    references = [
        SubmissionFactory(
            competition=competition,
            participant=UserFactory(name=f"Artist {place}"),
            state=S.APPROVED,
        ).public_id
        for place in range(9)
    ]
    (one, first), (other, _data) = pack(competition), pack(competition)
    drawn = [sorted(references, key=numbers_of(export).get) for export in (one, other)]
    assert drawn[0] != references
    assert drawn[0] != drawn[1]
    assert sorted(numbers_of(one).values()) == list(range(1, 10))
    shown = NUMBER.findall(first.read("page-0001.html").decode())
    assert shown == [str(number) for number in range(1, 10)]


def test_texts_of_artists_are_no_markup(competition):
    text = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    make = {"competition": competition, "state": S.APPROVED}
    SubmissionFactory(**make, title=text, description=text, alt_text=text)
    _export, data = pack(competition)
    page = text_of(data)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src 'none'" in page


def test_a_pack_has_pages_of_some_exhibits(competition, monkeypatch):
    monkeypatch.setattr(packs, "ON_A_PAGE", 2)
    for _ in range(3):
        SubmissionFactory(competition=competition, state=S.APPROVED)
    _export, data = pack(competition)
    assert {"page-0001.html", "page-0002.html"} < set(data.namelist())
    assert NUMBER.findall(data.read("page-0002.html").decode()) == ["3"]
    assert "1–2" in data.read("index.html").decode()


def test_what_is_missing_is_said(competition):
    make = {"competition": competition, "state": S.APPROVED}
    without_file, withdrawn = (SubmissionFactory(**make) for _ in range(2))
    export = ExportFactory(kind="jury_pack", of=competition)
    workflow.start(export)
    draw = packs.draw_numbers
    rows = type(without_file).objects.filter(competition=competition)
    assert draw(export, rows, "public_id") == 2
    withdrawn.move(S.WITHDRAWN, withdrawn_at=DatabaseNow())
    workflow.write(export)
    export.refresh_from_db()
    with store().open_export(export.file) as file:
        text = text_of(zipfile.ZipFile(io.BytesIO(file.read())))
    assert "picture is missing" in text
    assert "withdrawn or decided otherwise" in text


def test_numbers_stay_as_they_were_drawn(competition):
    """Also for the next attempt, when more entries are there."""
    SubmissionFactory(competition=competition, state=S.APPROVED)
    export = ExportFactory(kind="jury_pack", of=competition)
    workflow.start(export)
    rows = competition.submissions.all()
    assert packs.draw_numbers(export, rows, "public_id") == 1
    before = numbers_of(export)
    SubmissionFactory(competition=competition, state=S.APPROVED)
    workflow.write(export)
    assert numbers_of(export) == before
    late = {"export": export, "number": 2, "reference": "x"}
    for act in (
        lambda: ExportNumber.objects.create(**late),
        lambda: raw("UPDATE exports_exportnumber SET number = 7"),
        lambda: raw("DELETE FROM exports_exportnumber"),
    ):
        with (
            pytest.raises(DatabaseError, match="export_number_drawn"),
            transaction.atomic(),
        ):
            act()


def test_organizers_resolve_the_numbers_also_when_the_file_is_gone(
    competition, signed_in
):
    entries = [
        SubmissionFactory(competition=competition, state=S.APPROVED) for _ in range(2)
    ]
    export, _data = pack(competition)
    address = reverse("admin:exports_export_numbers", args=[export.pk])
    page = reverse("admin:exports_export_change", args=[export.pk])
    another = signed_in(organizer_of(competition))
    assert address in another.get(page).text
    export.move(X.EXPIRED)
    answer = another.get(address)
    assert "attachment" in answer["Content-Disposition"]
    table = csv.DictReader(io.StringIO(answer.text))
    found = {read_back(row["reference"]): int(row["number"]) for row in table}
    assert found == numbers_of(export)
    assert set(found) == {entry.public_id for entry in entries}
    for person in (
        moderator_of(competition), organizer_of(CompetitionFactory()), UserFactory(),
    ):  # fmt: skip
        assert signed_in(person).get(address).status_code == 404


def test_other_exports_have_no_numbers(competition, signed_in):
    export = ExportFactory(of=competition, state=X.DONE)
    address = reverse("admin:exports_export_numbers", args=[export.pk])
    assert signed_in(export.requested_by).get(address).status_code == 404


def test_only_organizers_get_a_pack(competition):
    with pytest.raises(NotAllowed):
        ExportFactory(kind="jury_pack", of=competition, by=moderator_of(competition))
