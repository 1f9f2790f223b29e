"""Artists of blind competitions: hidden, not found, and shown to those who may know."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from django.utils.http import urlencode

from competitions.blind.workflow import unblind
from mycenas.accounts.models import Role
from mycenas.core.http.errors import NotAllowed
from mycenas.staff.exports.access import may_download
from mycenas.staff.exports.states import ExportState as X
from mycenas.storage import store
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
)

pytestmark = pytest.mark.django_db

LISTS = "admin:submissions_submission"
# What names the artist of `entry`, and its file.
NAMING = ("Zephyrine", "zq@quill.example", "dusk.jpg")


@pytest.fixture
def artist():
    return UserFactory(name="Zephyrine", email="zq@quill.example")


@pytest.fixture
def entry(artist):
    """To a blind competition; the artist's other entry is to one that is not."""
    blind = CompetitionFactory(state="open", blind=True)
    plain = CompetitionFactory(state="open", organization=blind.organization)
    make = {"participant": artist, "state": S.PENDING, "alt_text": ""}
    SubmissionFactory(competition=plain, title="Seen", data=b"\xff\xd8\xff 1", **make)
    return SubmissionFactory(
        competition=blind, title="Hidden", data=b"\xff\xd8\xff 1", **make
    )


@pytest.fixture
def moderator(entry):
    return moderator_of(entry)


def listed(client, page="changelist", **query):
    address = f"{reverse(f'{LISTS}_{page}')}?{urlencode(query)}"
    text = client.get(address).text
    return {title for title in ("Seen", "Hidden") if f">{title}<" in text}


@pytest.mark.parametrize("page", ["changelist", "queue"])
def test_a_search_finds_no_hidden_artist(signed_in, moderator, page):
    client = signed_in(moderator)
    for word in NAMING[:2]:
        assert listed(client, page, q=word) == {"Seen"}, word
    assert listed(client, page, q="dusk.jpg") == set()
    assert listed(client, page, q="Hidden") == {"Hidden"}
    assert listed(client, page, q="hidden zephyrine") == set()


def test_a_search_finds_the_entry_by_what_its_artist_quotes(
    signed_in, moderator, entry
):
    client = signed_in(moderator)
    for word in (entry.public_id, entry.token):
        assert listed(client, q=word) == {"Hidden"}


def test_who_has_unblinded_a_competition_finds_its_artists(signed_in, entry):
    organizer = organizer_of(entry)
    client = signed_in(organizer)
    assert listed(client, q="zephyrine") == {"Seen"}
    unblind(entry.competition, reason="A complaint.", by=organizer)
    assert listed(client, q="zephyrine") == {"Seen", "Hidden"}
    assert listed(client, q="zq@quill.example") == {"Seen", "Hidden"}


@pytest.mark.parametrize("action", ["approve_selected", "reject_selected"])
def test_a_page_that_asks_does_not_say_which_entries_have_the_same_artist(
    signed_in, moderator, entry, action
):
    blind = {"competition": entry.competition, "state": S.PENDING}
    mate = SubmissionFactory(participant=entry.participant, **blind)
    other = SubmissionFactory(**blind)
    client, address = signed_in(moderator), reverse(f"{LISTS}_changelist")
    asked = [
        client.post(
            address, {"action": action, ACTION_CHECKBOX_NAME: [entry.pk, one.pk]}
        )
        for one in (mate, other)
    ]
    sentences = [answer.context["sentences"] for answer in asked]
    assert sentences[0] == sentences[1]
    assert "2 mails are sent." in sentences[0]


@pytest.mark.parametrize(
    "lookup",
    [
        "participant",
        "participant__id__exact",
        "participant__email__startswith",
        "original_name__startswith",
        "refusal__contains",
    ],
)
def test_no_filter_in_the_address_finds_an_artist(signed_in, moderator, entry, lookup):
    value = entry.participant_id if "participant" in lookup else "dusk"
    address = f"{reverse(f'{LISTS}_changelist')}?{urlencode({lookup: value})}"
    assert signed_in(moderator).get(address).status_code != 200


def test_the_list_sorts_by_no_artist(signed_in, moderator):
    text = signed_in(moderator).get(reverse(f"{LISTS}_changelist")).text
    assert "column-artist" in text
    assert "sortable column-artist" not in text


def test_other_entries_of_a_hidden_artist_are_not_shown(signed_in, moderator, entry):
    mate = SubmissionFactory(
        competition=entry.competition, participant=entry.participant, state=S.PENDING
    )
    seen = entry.participant.submissions.get(title="Seen")
    client = signed_in(moderator)

    def related(one):
        return client.get(reverse(f"{LISTS}_review", args=[one.pk])).text

    text = related(entry)
    assert "Other entries of the artist" not in text
    # The same file, in a competition where its artist has a name.
    assert reverse(f"{LISTS}_review", args=[seen.pk]) not in text
    assert reverse(f"{LISTS}_review", args=[entry.pk]) not in related(seen)
    organizer = organizer_of(entry)
    unblind(entry.competition, reason="A complaint.", by=organizer)
    client = signed_in(organizer)
    text = related(entry)
    for one in (mate, seen):
        assert reverse(f"{LISTS}_review", args=[one.pk]) in text


def test_the_original_is_for_those_who_see_artists(signed_in, entry):
    organizer = organizer_of(entry)
    address = reverse("submissions:original", args=[entry.public_id])
    client = signed_in(organizer)
    assert client.get(address).status_code == 404
    unblind(entry.competition, reason="A complaint.", by=organizer)
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.getvalue().startswith(b"\xff\xd8")
    assert signed_in(moderator_of(entry)).get(address).status_code == 404


def test_artists_see_their_own_names_on_their_receipts(signed_in, entry, artist):
    text = signed_in(artist).get(entry.receipt_url).text
    assert "Zephyrine" in text
    assert "dusk.jpg" in text


def test_the_gallery_names_artists_once_the_winners_are_announced(client):
    hidden = contest("closed", blind=True).submissions.get()
    shown = contest("winner_announced", blind=True).submissions.get()
    for one, is_named in ((hidden, False), (shown, True)):
        gallery = reverse("submissions:gallery", args=[one.competition.slug])
        for address in (gallery, one.get_absolute_url()):
            text = client.get(address).text
            assert one.title in text
            assert (one.participant.name in text) is is_named, address


def rows_of(export):
    with store().open_export(export.file) as file:
        return list(csv.DictReader(io.StringIO(file.read().decode())))


def test_an_export_of_an_organization_hides_artists_row_by_row(entry):
    organizer = organizer_of(entry)
    of = entry.competition.organization

    def found():
        export = ExportFactory(of=of, by=organizer, state=X.DONE)
        rows = {row["title"]: row for row in rows_of(export)}
        names = ("artist", "artist_email", "file_name")
        return [
            tuple(rows[title][one] for one in names) for title in ("Seen", "Hidden")
        ]

    assert found() == [NAMING, ("", "", "")]
    unblind(entry.competition, reason="A complaint.", by=organizer)
    assert found() == [NAMING, NAMING]


def test_a_search_in_an_export_finds_no_hidden_artist(entry):
    export = ExportFactory(
        of=entry.competition.organization,
        by=organizer_of(entry),
        filters={"search": "zephyrine"},
        state=X.DONE,
    )
    assert [row["title"] for row in rows_of(export)] == ["Seen"]


def test_artists_are_listed_without_their_hidden_entries(entry):
    organizer = organizer_of(entry)
    of = entry.competition.organization
    make = {"kind": "people", "by": organizer, "state": X.DONE}
    (row,) = rows_of(ExportFactory(of=of, **make))
    assert (row["name"], row["entries"]) == ("Zephyrine", "1")
    unblind(entry.competition, reason="A complaint.", by=organizer)
    (row,) = rows_of(ExportFactory(of=of, **make))
    assert row["entries"] == "2"


@pytest.mark.parametrize("kind", ["people", "files"])
def test_artists_and_files_of_a_blind_competition_are_not_exported(
    signed_in, entry, kind
):
    organizer, of = organizer_of(entry), entry.competition
    with pytest.raises(NotAllowed):
        ExportFactory(kind=kind, of=of, by=organizer)
    data = {"kind": kind, "of": f"competition-{of.pk}", "format": "csv"}
    data["format"] = "zip" if kind == "files" else "csv"
    answer = signed_in(organizer).post(reverse("admin:exports_export_add"), data)
    assert "This competition is blind" in answer.text
    unblind(of, reason="A complaint.", by=organizer)
    export = ExportFactory(kind=kind, of=of, by=organizer, state=X.DONE)
    assert may_download(organizer, export)
    # A role that is lost takes them with it.
    staff(Role.ORGANIZER, of.organization)
    organizer.memberships.update(role=Role.MODERATOR)
    assert not may_download(organizer, export)


def test_the_explanation_does_not_say_who_the_artist_is(signed_in, entry):
    inside = moderator_of(entry)
    own = SubmissionFactory(
        competition=entry.competition, participant=inside, state=S.PENDING
    )
    query = {
        "email": inside.email,
        "address": reverse(f"{LISTS}_do", args=[own.pk, "approve"]),
    }
    organizer = organizer_of(entry)
    client = signed_in(organizer)
    address = f"{reverse('admin:why')}?{urlencode(query)}"
    before = client.get(address).text
    query["address"] = reverse(f"{LISTS}_do", args=[entry.pk, "approve"])
    other = client.get(f"{reverse('admin:why')}?{urlencode(query)}").text
    sentence = "The competition is blind: reasons about the artist are not shown."
    assert sentence in before
    assert sentence in other
    assert "own entry" not in before
    unblind(entry.competition, reason="A complaint.", by=organizer)
    assert sentence not in client.get(address).text
