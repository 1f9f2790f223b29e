"""Pages of exports: asked for with a list's filter, followed, and downloaded."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.core.http.errors import ProblemError
from mycenas.staff.exports import workflow
from mycenas.staff.exports.kinds import kinds
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.states import ExportState as X
from submissions.review.export_filters import PART_WORDS, PARTS
from submissions.states import SubmissionState as S
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

ADD = reverse("admin:exports_export_add")
LIST = reverse("admin:exports_export_changelist")
ENTRIES = reverse("admin:submissions_submission_changelist")
STARTS = re.compile(r'href="(/admin/exports/export/add/\?[^"]*)"')


def page_of(export, page="change"):
    return reverse(f"admin:exports_export_{page}", args=[export.pk])


def link_on(client, address):
    """The query of the first link to the form of exports."""
    found = STARTS.search(client.get(address).text)
    assert found
    query = parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)
    return {name: value for name, (value,) in query.items()}


def references(data):
    rows = csv.DictReader(io.StringIO(data.decode()))
    return [read_back(row["reference"]) for row in rows]


def exported(client, query):
    """Send the form that a link leads to, write the file and download it."""
    form = client.get(ADD, query).context["form"]
    answer = client.post(ADD, {**query, "of": form["of"].value(), "format": "csv"})
    export = Export.objects.latest("pk")
    assert answer["Location"] == page_of(export)
    assert workflow.run(export.pk)
    return b"".join(client.get(page_of(export, "download")).streaming_content)


@pytest.fixture
def competition():
    return CompetitionFactory(state="open")


def test_an_export_is_found_by_the_first_digits_of_its_file(signed_in):
    competition = CompetitionFactory(title="Dusk")
    done, other = (
        ExportFactory(of=competition, state=X.DONE, format=name)
        for name in ("csv", "xlsx")
    )
    client = signed_in(organizer_of(competition))

    def found(text):
        return list(client.get(LIST, {"q": text}).context["cl"].result_list)

    for text in (done.sha256, done.sha256[:8], f"SHA-256: {done.sha256[:16].upper()}…"):
        assert found(text) == [done], text
    assert found(done.sha256[:7]) == found(done.sha256[1:9]) == []
    assert found("dusk") == [other, done]


def test_the_overview_leads_to_an_export_of_all_entries(competition, signed_in):
    states = (S.PENDING, S.APPROVED, S.RESERVED)
    entries = [SubmissionFactory(competition=competition, state=one) for one in states]
    client = signed_in(organizer_of(competition))
    overview = reverse("admin:competitions_competition_overview", args=[competition.pk])
    query = link_on(client, overview)
    assert references(exported(client, query)) == [one.public_id for one in entries]
    text = client.get(overview).text
    assert page_of(Export.objects.get()) in text
    assert "Ready; " in text


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ["pending"]),
        ("?queue=all", ["pending", "approved", "other"]),
        ("?queue=approved", ["approved"]),
        ("?q=Boat", ["approved", "other"]),
    ],
)
def test_a_list_is_exported_as_it_is_filtered(competition, signed_in, query, kept):
    make = {"competition": competition}
    entries = {
        "pending": SubmissionFactory(**make, state=S.PENDING),
        "approved": SubmissionFactory(**make, state=S.APPROVED, title="Boat"),
        "other": SubmissionFactory(**make, title="A boat"),
    }
    client = signed_in(moderator_of(competition))
    shown = f"{query}{'&' if query else '?'}competition__id__exact={competition.pk}"
    link = link_on(client, ENTRIES + shown)
    assert link["of"] == f"competition-{competition.pk}"
    listed = client.get(ENTRIES + shown).context["cl"].queryset
    data = exported(client, link)
    assert set(references(data)) == {entries[name].public_id for name in kept}
    assert set(references(data)) == {one.public_id for one in listed}


def test_the_form_offers_only_what_one_may_export(competition, signed_in):
    foreign = CompetitionFactory(state="open")
    client = signed_in(moderator_of(competition))
    form = client.get(ADD, {"kind": "entries"}).context["form"]
    offered = str(form["of"])
    assert competition.title in offered
    assert foreign.title not in offered
    for of in (f"competition-{foreign.pk}", "", "competition-x", "nothing"):
        data = {"kind": "entries", "of": of, "format": "csv"}
        assert client.post(ADD, data).context["form"].errors
    assert not Export.objects.exists()
    # Without a kind, or with an unknown one, it is asked for first.
    for query in ({}, {"kind": "people"}):
        assert "kind" in client.get(ADD, query).context["form"].fields


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_every_kind_is_exported_through_its_form(kind, competition, signed_in):
    SubmissionFactory(competition=competition, state=S.APPROVED)
    client = signed_in(UserFactory(is_superuser=True))
    field = client.get(ADD, {"kind": kind.name}).context["form"].fields["of"]
    values = [
        one
        for value, label in field.choices
        for one in ([key for key, _ in label] if isinstance(label, list) else [value])
    ]
    assert len(values) == len(kind.scopes)
    for of in values:
        data = {"kind": kind.name, "of": of, "format": kind.formats[0]}
        answer = client.post(ADD, data)
        export = Export.objects.latest("pk")
        assert answer["Location"] == page_of(export)
        assert (export.kind, export.scope in kind.scopes) == (kind.name, True)
        assert workflow.run(export.pk)
        file = client.get(page_of(export, "download"))
        assert len(b"".join(file.streaming_content)) > 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("state", "zzz", "No entry has the state “zzz”"),
        ("state", "z" * 5000, "No entry has the state “zzz"),
        ("search", "z" * 20_000, "A search has at most 2000 characters"),
    ],
)
def test_what_no_list_shows_is_not_exported(competition, signed_in, name, value, said):
    client = signed_in(moderator_of(competition))
    data = {"kind": "entries", "of": f"competition-{competition.pk}", "format": "csv"}
    answer = client.post(ADD, {**data, name: value})
    assert answer.status_code == 400
    assert said in answer.text
    with pytest.raises(ProblemError):
        ExportFactory(of=competition, filters={name: value})
    assert not Export.objects.exists()
    assert client.post(ADD, {**data, "state": "proposed"}).status_code == 302


def test_every_part_of_the_list_has_words():
    assert set(PART_WORDS) == set(PARTS)


def test_the_page_follows_an_export_to_its_end(competition, signed_in):
    export, other = (ExportFactory(of=competition) for _ in range(2))
    client = signed_in(export.requested_by)

    def said():
        part, page = (
            client.get(page_of(export, one)) for one in ("progress", "change")
        )
        assert part.text in page.text
        assert page.status_code == 200
        polls = "hx-get" in part.text
        assert part.status_code == (200 if polls else 286)
        return " ".join(part.text.split()), polls

    text, polls = said()
    assert "waits for a worker" in text
    assert polls
    assert "waits for 1 other export" in client.get(page_of(other)).text
    workflow.start(export)
    text, polls = said()
    assert "0 of" in text
    assert "<progress" in text
    assert polls
    workflow.write(export)
    text, polls = said()
    assert page_of(export, "download") in text
    assert export.sha256 in text
    assert not polls


def test_a_failed_export_says_why(competition, signed_in):
    export = ExportFactory(of=competition, state=X.FAILED)
    client = signed_in(export.requested_by)
    assert "Broken." in client.get(page_of(export)).text
    assert client.get(page_of(export, "download")).status_code == 404


def test_a_file_is_downloaded_by_its_person_only(competition, signed_in):
    SubmissionFactory(competition=competition)
    export = ExportFactory(of=competition, by=moderator_of(competition), state=X.DONE)
    answer = signed_in(export.requested_by).get(page_of(export, "download"))
    assert answer["Content-Disposition"].startswith(
        f'attachment; filename="{competition.slug}-entries-'
    )
    assert len(b"".join(answer.streaming_content)) == export.size
    organizer = signed_in(organizer_of(competition))
    assert organizer.get(page_of(export)).status_code == 200
    assert page_of(export) in organizer.get(LIST).text
    for client in (organizer, signed_in(UserFactory(is_superuser=True))):
        assert client.get(page_of(export, "download")).status_code == 404
    foreign = signed_in(moderator_of(CompetitionFactory()))
    pages = ("change", "progress", "download", "history")
    assert {foreign.get(page_of(export, page)).status_code for page in pages} == {404}


def test_a_file_ends_with_the_role(competition, signed_in):
    person = moderator_of(competition)
    export = ExportFactory(of=competition, by=person, state=X.DONE)
    other = CompetitionFactory().organization
    person.memberships.create(user=person, organization=other, role=Role.MODERATOR)
    person.memberships.exclude(organization=other).delete()
    client = signed_in(person)
    assert "do not have the role any more" in client.get(page_of(export)).text
    assert client.get(page_of(export, "download")).status_code == 404


def test_moments_are_in_the_zone_of_the_competition_and_else_in_utc(signed_in):
    competition = CompetitionFactory(state="open", time_zone="Asia/Tokyo")
    person = organizer_of(competition)
    client = signed_in(person)
    for of, zone, other in (
        (competition, "(Tokyo, JST)", "(UTC)"),
        (competition.organization, "(UTC)", "(Tokyo, JST)"),
    ):
        export = ExportFactory(of=of, by=person, state=X.DONE)
        pages = [page_of(export, page) for page in ("change", "progress", "history")]
        texts = [client.get(address).text for address in pages]
        if of == competition:
            overview = "admin:competitions_competition_overview"
            texts.append(client.get(reverse(overview, args=[of.pk])).text)
        for text in texts:
            assert zone in text
            assert other not in text
    rows = client.get(LIST).text
    assert rows.count("(Tokyo, JST)") == rows.count("(UTC)") == 1


def test_the_list_looks_all_zones_up_at_once(signed_in, django_assert_num_queries):
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    ExportFactory(of=CompetitionFactory(state="open"))
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _number in range(3):
        ExportFactory(of=CompetitionFactory(state="open"))
    with django_assert_num_queries(len(one)):
        assert len(client.get(LIST).context["cl"].result_list) == 4
