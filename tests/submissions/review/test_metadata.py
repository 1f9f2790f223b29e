"""Beside a picture in the queue stands what its file says of itself."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from django.urls import reverse

from competitions.blind.workflow import unblind
from mycenas.core.models import AuditEntry
from mycenas.imaging.sandbox.facts import FLAGS, TEXTS
from submissions.models import FileMetadata, Submission
from submissions.processing import workflow as processing
from submissions.review.metadata import HIDDEN, NOT_CHECKED, NOT_READ, NOTHING, stated
from submissions.review.naming import places_naming
from submissions.states import SubmissionState as S
from tests.camera import photograph
from tests.database.tools import drop_guard, raw
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
)
from tests.imaging.test_metadata import exif, jpeg, png, resources
from tests.submissions.test_exports import table

pytestmark = pytest.mark.django_db

SAID = jpeg(exif=exif(artist="Ada <i>Brushwood</i>\u202e", software="Midjourney 7"))


def checked(data: bytes = SAID, **facts: Any) -> Submission:
    """An entry that the real phase two has processed."""
    entry = SubmissionFactory(state=S.RECEIVED, data=data, **facts)
    assert processing.process(entry.pk)
    return Submission.objects.get(pk=entry.pk)


def page(client: Any, entry: Submission) -> str:
    address = reverse("admin:submissions_submission_review", args=[entry.pk])
    text: str = client.get(address).text
    return text


def test_the_page_of_the_queue_shows_what_the_file_says(signed_in):
    entry = checked()
    text = page(signed_in(moderator_of(entry)), entry)
    assert "What the file says of itself" in text
    assert "<bdi>Ada &lt;i&gt;Brushwood&lt;/i&gt;" in text
    assert "Signs of a generator" in text
    assert "\u202e" not in text


def test_of_a_place_only_its_presence_is_stored_and_shown(signed_in):
    entry = checked(photograph(3))
    facts = FileMetadata.objects.get(submission=entry).facts
    assert facts.keys() <= {"camera", "created", "profile", "place", "software"}
    assert facts["place"] is True
    text = page(signed_in(moderator_of(entry)), entry)
    assert "The file contains a place. It is neither stored nor shown." in text


@pytest.fixture
def blind_entry():
    blind = CompetitionFactory(state="open", blind=True)
    artist = UserFactory(name="Ada Brushwood")
    return checked(competition=blind, participant=artist)


def test_in_a_blind_competition_nothing_of_it_is_shown(blind_entry, signed_in):
    client = signed_in(moderator_of(blind_entry))
    text = page(client, blind_entry)
    assert str(HIDDEN) in text
    assert "Brushwood" not in text
    assert "Midjourney" not in text


def test_who_has_unblinded_it_sees_what_the_file_says(blind_entry, signed_in):
    organizer = organizer_of(blind_entry)
    unblind(blind_entry.competition, reason="A complaint.", by=organizer)
    text = page(signed_in(organizer), blind_entry)
    assert "&lt;i&gt;Brushwood" in text
    assert str(HIDDEN) not in text


def test_an_export_of_entries_has_what_the_file_says():
    several = exif(artist="Ada", software="=Scanner 9", make="Canon")
    entry = checked(
        jpeg((0xED, resources((80, b"Bo"), (90, b"Nafplio"))), exif=several)
    )
    SubmissionFactory(state=S.PENDING, competition=entry.competition)
    said, silent = map(metadata_of, table(of=entry.competition))
    assert said == {
        **dict.fromkeys(said, ""),
        "artist": "Bo; Ada",
        "camera": "Canon",
        "software": "'=Scanner 9",
        "place": "true",
    }
    assert silent == dict.fromkeys((*TEXTS, *FLAGS), "")


def metadata_of(row: dict[str, str]) -> dict[str, str]:
    mine = {name.partition("metadata_")[2]: text for name, text in row.items()}
    return {name: text for name, text in mine.items() if name}


def test_an_export_of_a_blind_competition_has_it_for_who_unblinded(blind_entry):
    organizer = organizer_of(blind_entry)
    competition = blind_entry.competition

    (row,) = map(metadata_of, table(of=competition, by=organizer))
    assert row == dict.fromkeys(row, "")
    unblind(competition, reason="A complaint.", by=organizer)
    (row,) = map(metadata_of, table(of=competition, by=organizer))
    assert row["software"] == "Midjourney 7"
    assert row["artist"].startswith("Ada <i>Brushwood</i>")


def test_the_warning_finds_names_that_are_compressed_in_the_file():
    blind = CompetitionFactory(state="open", blind=True)
    packed = b"Author\0\0" + zlib.compress(b"Ada Brushwood")
    for name, found in (("Ada Brushwood", ["metadata of the file"]), ("Bo", [])):
        artist = UserFactory(name=name)
        data = png((b"zTXt", packed))
        entry = checked(data, competition=blind, participant=artist)
        assert list(map(str, places_naming(entry))) == found


def test_a_file_may_say_nothing_or_not_have_been_read():
    silent = SubmissionFactory(state=S.PENDING)
    assert list(stated(silent).sentences) == [NOTHING]
    waiting = SubmissionFactory(state=S.RECEIVED)
    assert list(stated(waiting).sentences) == [NOT_CHECKED]
    drop_guard("file_metadata_stays")
    raw("DELETE FROM submissions_filemetadata")
    assert list(stated(silent).sentences) == [NOT_READ]


def test_the_journal_does_not_have_it(blind_entry):
    lines = AuditEntry.objects.values_list("table_name", "changes")
    tables = {table for table, _changes in lines}
    assert "submissions_rendition" in tables
    assert "submissions_filemetadata" not in tables
    assert "Midjourney" not in str(list(lines))
