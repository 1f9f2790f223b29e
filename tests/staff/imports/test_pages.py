"""Importing rows in the admin: chosen, previewed, and all imported or none."""

from __future__ import annotations

import io
import re
from html import unescape
from urllib.parse import urlencode

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from competitions.models import Category, Prize
from mycenas.accounts.models import Invitation, Role
from mycenas.accounts.workflow import digest_of
from mycenas.core.models import AuditEntry, Mail
from submissions.review.reasons.models import Reason
from tests.database.tools import alter
from tests.factories import (
    CompetitionFactory,
    OrganizationFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
)

pytestmark = pytest.mark.django_db

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@pytest.fixture
def competition():
    return CompetitionFactory(state="open")


def page_of(row):
    name = f"{row._meta.app_label}_{row._meta.model_name}_import"
    return reverse(f"admin:{name}", args=[row.pk])


def chosen(client, row, kind, text):
    data = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("rows.csv", data)
    return client.post(page_of(row), {"kind": kind, "file": file})


def confirmed(client, row, preview):
    fields = {name: unescape(value) for name, value in HIDDEN.findall(preview.text)}
    return client.post(page_of(row), fields, follow=True)


def said(answer):
    return " ".join(unescape(answer.text).split())


def test_rows_are_previewed_and_then_imported(competition, signed_in):
    old = Category.objects.create(competition=competition, name="Old", slug="oil")
    same = Category.objects.create(competition=competition, name="Ink", slug="ink")
    person = organizer_of(competition)
    client = signed_in(person)
    text = "name,slug\nOil,oil\nInk,ink\nPhoto & film,\nClay,\n"
    preview = chosen(client, competition, "categories", text)
    assert "2 added, 1 changed, 1 stays as it is." in said(preview)
    assert Category.objects.filter(competition=competition).count() == 2
    old.refresh_from_db()
    assert old.name == "Old"
    done = confirmed(client, competition, preview)
    assert "Imported categories: 2 added, 1 changed, 1 stays as it is." in said(done)
    old.refresh_from_db()
    assert old.name == "Oil"
    new = Category.objects.get(competition=competition, slug="photo-film")
    order = [one.name for one in competition.categories.all()]
    assert order == ["Oil", "Ink", "Photo & film", "Clay"]
    trail = AuditEntry.objects.filter(table_name="competitions_category")
    assert trail.get(row_id=new.pk).actor == person.pk
    assert trail.filter(row_id=same.pk).count() == 1


def test_a_wrong_row_refuses_the_whole_file(competition, signed_in):
    client = signed_in(organizer_of(competition))
    before = Prize.objects.count()
    text = f"name,description\nOne,x\n,x\nTwo,{'y' * 241}\n{'y' * 121},x\none,x\n"
    preview = chosen(client, competition, "prizes", text)
    text = said(preview)
    assert "4 rows are wrong, so nothing can be imported." in text
    assert "Row 3, column “name”: This field is required." in text
    assert "Row 4, column “description”: At most 240 characters" in text
    assert "Row 5, column “name”: At most 120 characters" in text
    assert "Row 6, column “name”: Row 2 has the same value here." in text
    assert 'name="previewed"' not in preview.text
    assert Prize.objects.count() == before


def test_a_file_that_cannot_be_read_says_why(competition, signed_in):
    client = signed_in(organizer_of(competition))
    answer = chosen(client, competition, "prizes", "name\nÖl\n".encode("cp1252"))
    assert "neither an Excel workbook (.xlsx) nor text in UTF-8" in said(answer)


def test_what_is_shown_is_what_is_imported(competition, signed_in):
    """Another organizer adds the category while the preview is looked at."""
    client = signed_in(organizer_of(competition))
    preview = chosen(client, competition, "categories", "name,slug\nOil,oil\n")
    Category.objects.create(competition=competition, name="Other", slug="oil")
    again = confirmed(client, competition, preview)
    assert "nothing was imported" in said(again)
    assert "1 changed." in said(again)
    assert Category.objects.get(slug="oil").name == "Other"
    assert "Imported categories: 1 changed." in said(
        confirmed(client, competition, again)
    )
    assert Category.objects.get(slug="oil").name == "Oil"


def test_guards_refuse_as_everywhere(signed_in):
    final = contest("winner_announced")
    client = signed_in(organizer_of(final))
    preview = chosen(client, final, "categories", "name\nOil\n")
    assert "Row 2:" in said(preview)
    assert 'name="previewed"' not in preview.text


def test_people_are_invited_once(competition, signed_in):
    row, person = competition.organization, organizer_of(competition)
    client = signed_in(person)
    has_role = staff(Role.JUROR, row)
    text = (
        f"email,name,role\nada@example.org,Ada,moderator\n{has_role.email},Bo,juror\n"
    )
    preview = chosen(client, row, "people", text)
    assert "1 stays as it is, 1 invited by mail." in said(preview)
    assert not Mail.objects.exists()
    assert not Invitation.objects.exists()
    confirmed(client, row, preview)
    assert Mail.objects.get().to == "ada@example.org"
    assert Invitation.objects.get().invited_by == person
    # The same file again invites no one a second time.
    again = chosen(client, row, "people", text)
    assert "2 stays as it is." in said(again)
    wrong = chosen(client, row, "people", "email,name,role\nx,Ada,king\n")
    assert "column “email”:" in said(wrong)
    assert "column “role”:" in said(wrong)
    # The form on the page of people has a token, which is no column.
    other = chosen(client, row, "people", "email,name,role,once\nx,Ada,juror,y\n")
    assert "Columns are: name, email, role." in said(other)


def file_of(count, whose="guest"):
    rows = (f"{whose}{number}@example.org,Bo,juror\n" for number in range(count))
    return "email,name,role\n" + "".join(rows)


def test_many_people_cost_as_many_statements_as_few(competition, signed_in):
    row, numbers = competition.organization, []
    client = signed_in(organizer_of(competition))
    client.get(page_of(row))
    for count in (2, 60):
        with CaptureQueriesContext(connection) as asked:
            preview = chosen(client, row, "people", file_of(count, f"of{count}and"))
        with CaptureQueriesContext(connection) as done:
            assert f"{count} invited by mail." in said(confirmed(client, row, preview))
        numbers.append((len(asked), len(done)))
        links = {
            mail.body.partition("/invitations/")[2][:43] for mail in Mail.objects.all()
        }
        digests = set(Invitation.objects.values_list("digest", flat=True))
        assert {digest_of(link) for link in links} == digests
    assert Mail.objects.count() == Invitation.objects.count() == 62
    # Of the first, one reads what stays in memory.
    (few, many) = numbers
    assert [a <= b for a, b in zip(many, few, strict=True)] == [True, True], numbers
    # One of them ends the person's act, within the test's transaction.
    assert max(few) <= 41


def test_a_row_that_postgresql_refuses_is_named_among_many(competition, signed_in):
    row = competition.organization
    client = signed_in(organizer_of(competition))
    alter(
        "ALTER TABLE accounts_invitation ADD CONSTRAINT user_email_canonical"
        " CHECK (email <> 'guest1@example.org') NOT VALID"
    )
    preview = chosen(client, row, "people", file_of(3))
    assert "1 row is wrong, so nothing can be imported." in said(preview)
    assert "Row 3" in said(preview)
    assert not Invitation.objects.exists()


def test_reasons_are_imported_with_a_text_for_each_language(competition, signed_in):
    row = competition.organization
    client = signed_in(organizer_of(competition))
    text = "code,key,language,text\nblurred,7,en,Sharper please.\n"
    preview = chosen(client, row, "reasons", text)
    assert "1 added." in said(preview)
    confirmed(client, row, preview)
    assert row.reasons.get(code="blurred").text_in("en") == "Sharper please."
    text = "code,key,language,text\nBad Code,!,en,x\n"
    assert "column “code”" in said(chosen(client, row, "reasons", text))
    assert Reason.objects.filter(organization=row, code="blurred").count() == 1


def test_texts_of_a_file_are_no_markup(competition, signed_in):
    client = signed_in(organizer_of(competition))
    text = "name\n<script>alert(1)</script>\n"
    preview = chosen(client, competition, "prizes", text)
    assert "<script>alert" not in preview.text
    confirmed(client, competition, preview)
    assert Prize.objects.filter(name="<script>alert(1)</script>").exists()


@pytest.mark.parametrize("rows", ["", "1", "{}", "[[1]]", '[[1, {"name": "\\ud800"}]]'])
def test_rows_that_no_preview_made_are_refused(competition, signed_in, rows):
    client = signed_in(organizer_of(competition))
    data = {"kind": "prizes", "rows": rows, "previewed": "x"}
    answer = client.post(page_of(competition), data, follow=True)
    assert "Choose the file again." in said(answer)


def test_only_organizers_of_the_row_import(competition, signed_in):
    foreign = CompetitionFactory()
    same = OrganizationFactory()
    for person in (
        moderator_of(competition), organizer_of(foreign), staff(Role.ORGANIZER, same),
        staff(Role.JUROR, competition.organization), UserFactory(),
    ):  # fmt: skip
        client = signed_in(person)
        assert client.get(page_of(competition)).status_code == 404
        answer = chosen(client, competition, "prizes", "name\nA\n")
        assert answer.status_code == 404
    assert not Prize.objects.filter(name="A").exists()


def test_a_row_offers_the_kinds_of_its_own(competition, signed_in):
    client = signed_in(organizer_of(competition))
    form = client.get(page_of(competition), {"kind": "prizes"}).context["form"]
    offered = [name for name, _label in form.fields["kind"].choices]
    assert offered == ["people", "categories", "prizes"]
    assert form["kind"].value() == "prizes"
    assert chosen(client, competition, "reasons", "code\na\n").context["form"].errors
    people = reverse("admin:competitions_competition_people", args=[competition.pk])
    overview = reverse("admin:competitions_competition_overview", args=[competition.pk])
    for address in (people, overview):
        assert page_of(competition) in client.get(address).text


@pytest.mark.parametrize(
    "rows",
    [
        "1" * 5000, "[[1e999, {}]]", "[[Infinity, {}]]", '[[2, {"\\ud800": "x"}]]',
        '[[2, {"name": "\\ud800"}]]', "[" * 5000, '{"a": 1}', "[[2]]", '[["²", {}]]',
        "{",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_rows_that_no_preview_wrote_are_refused(competition, signed_in, rows):
    client = signed_in(organizer_of(competition))
    sent = {"kind": "categories", "rows": rows, "previewed": "0"}
    answer = client.post(page_of(competition), sent, follow=True)
    assert "Choose the file again." in said(answer)


def workbook(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def test_a_preview_can_be_confirmed_whatever_its_rows_weigh(competition, signed_in):
    """Characters of three bytes, which a form sends as nine."""
    client = signed_in(organizer_of(competition))
    rows = ([f"{'語' * 110} {number}", "語" * 240] for number in range(340))
    data = workbook(["name", "description"], *rows)
    preview = chosen(client, competition, "prizes", data)
    (form,) = re.findall(
        r'<form method="post"[^>]*>(?=.*name="rows")', preview.text, re.DOTALL
    )
    fields = {name: unescape(value) for name, value in HIDDEN.findall(preview.text)}
    sent = (
        {"data": fields}
        if "multipart" in form
        else {
            "data": urlencode(fields),
            "content_type": "application/x-www-form-urlencoded",
        }
    )
    done = client.post(page_of(competition), **sent, follow=True)
    assert "Imported prizes: 340 added." in said(done)


def test_rows_that_could_not_be_confirmed_are_refused_before(competition, signed_in):
    client = signed_in(organizer_of(competition))
    rows = ([str(number), "語" * 700] for number in range(500))
    answer = chosen(
        client, competition, "prizes", workbook(["name", "description"], *rows)
    )
    assert "a file may have 960 KB" in said(answer)
