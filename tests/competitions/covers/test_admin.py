"""The cover of a competition in the admin: its file, its words, and its refusals."""

from __future__ import annotations

import io

import pytest
from django.db import IntegrityError
from django.urls import reverse
from PIL import Image

from competitions.covers.workflow import file_name, set_cover
from competitions.models import Competition
from mycenas.core.http.errors import NotAllowed
from mycenas.core.models import AuditEntry
from mycenas.imaging.rendering import WIDTHS
from mycenas.staff.picture_forms import CHOOSE_AGAIN
from mycenas.staff.pictures import MEGABYTE, MOST_MEGABYTES, rendered
from mycenas.storage import store
from tests.camera import photograph
from tests.competitions.covers.tools import (
    ALT,
    SIZE,
    all_of,
    file,
    files_of,
    flat,
    give,
    page,
    save,
    stored,
)
from tests.database.tools import refused
from tests.factories import (
    CompetitionFactory,
    contest,
    moderator_of,
    organizer_of,
)
from tests.form_data import complaints, filled

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_organizer_gives_replaces_and_removes_a_cover(signed_in):
    competition = CompetitionFactory()
    client = signed_in(organizer_of(competition))
    answer = save(client, competition, new_cover=file(), cover_alt=ALT)
    assert answer.status_code == 302
    first = competition.cover
    assert (competition.cover_width, competition.cover_height) == SIZE
    assert files_of(first) == all_of(first)
    with store().open_cover(file_name(first, 960)) as stored:
        assert Image.open(io.BytesIO(stored.read())).size == (960, 480)
    shown = client.get(page("change", competition)).text
    assert competition.cover_url(960) in shown

    save(client, competition, new_cover=file(seed=2))
    second = competition.cover
    assert second != first
    assert (files_of(first), files_of(second)) == (set(), all_of(second))

    save(client, competition, remove_cover="on", cover_alt="")
    assert (competition.cover, competition.cover_width) == ("", None)
    assert files_of(second) == set()


def test_a_competition_is_added_with_its_cover(signed_in):
    organizer = organizer_of(CompetitionFactory())
    client = signed_in(organizer)
    add = reverse("admin:competitions_competition_add")
    typed = {"title": "Light", "slug": "light", "new_cover": file(), "cover_alt": ALT}
    mine = organizer.memberships.get().organization_id
    answer = client.post(add, filled(client.get(add), organization=mine, **typed))
    assert answer.status_code == 302, complaints(answer)
    assert files_of(Competition.objects.get(slug="light").cover)


def test_the_metadata_of_the_upload_is_not_kept(signed_in):
    name = give(CompetitionFactory()).cover
    for width in WIDTHS:
        with store().open_cover(file_name(name, width)) as stored:
            data = stored.read()
        assert data[8:12] == b"WEBP"
        assert b"Mycenas Optics" not in data


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (lambda: file(b"<svg/>"), "The file is not a JPEG, PNG or WebP picture"),
        (lambda: file(photograph(1, size=SIZE)[:900]), "damaged"),
        (
            lambda: file(size=(640, 400)),
            "640 pixels wide; a cover needs at least 960",
        ),
        (lambda: file(flat(1000, 3001)), "at most 3 times as tall as it is wide"),
        (
            lambda: file(flat(8000, 6251)),
            "50008000 pixels (8000 by 6251); the limit is 50000000",
        ),
        (
            lambda: file(b"\xff\xd8\xff" + bytes(MOST_MEGABYTES * MEGABYTE)),
            "This picture has 10.0 MB; the limit is 10 MB.",
        ),
    ],
)
def test_a_file_that_is_no_cover_is_explained_at_its_field(signed_in, upload, sentence):
    competition, before = CompetitionFactory(title="Before"), stored()
    client = signed_in(organizer_of(competition))
    typed = {"title": "Typed", "cover_alt": ALT}
    answer = save(client, competition, new_cover=upload(), **typed)
    assert sentence in complaints(answer)["new_cover"][0]
    # Nothing was saved, and the words are there to be sent again.
    assert (competition.title, competition.cover) == ("Before", "")
    assert 'value="Typed"' in answer.text
    assert f'value="{ALT}"' in answer.text
    assert stored() == before


@pytest.mark.parametrize("alt", ["", "\u200b\u00ad "])
def test_a_cover_needs_words_and_the_file_is_asked_for_again(signed_in, alt):
    competition = CompetitionFactory()
    client = signed_in(organizer_of(competition))
    answer = save(client, competition, new_cover=file(), cover_alt=alt)
    found = complaints(answer)
    assert "what the cover shows" in found["cover_alt"][0]
    assert found["new_cover"] == [str(CHOOSE_AGAIN)]
    give(competition)
    answer = save(client, competition, cover_alt=alt)
    assert "what the cover shows" in complaints(answer)["cover_alt"][0]


def test_one_does_not_give_and_remove_a_cover_at_once(signed_in):
    competition = give(CompetitionFactory())
    client = signed_in(organizer_of(competition))
    answer = save(client, competition, new_cover=file(), remove_cover="on")
    assert "not both" in complaints(answer)["remove_cover"][0]
    assert files_of(competition.cover)


def test_the_limits_stand_at_the_field(signed_in):
    competition = CompetitionFactory()
    text = signed_in(organizer_of(competition)).get(page("change", competition)).text
    assert "at most 10 MB, at least 960 pixels wide" in text


def test_only_organizers_give_covers(signed_in):
    competition, before = CompetitionFactory(state="open"), stored()
    moderator = moderator_of(competition)
    client = signed_in(moderator)
    typed = {"new_cover": file(), "cover_alt": ALT}
    assert client.post(page("change", competition), typed).status_code in (403, 404)
    with (
        rendered(io.BytesIO(photograph(1, size=SIZE))) as picture,
        pytest.raises(NotAllowed),
    ):
        set_cover(competition, picture, by=moderator)
    assert stored() == before


def test_the_cover_of_a_final_competition_stays(signed_in):
    competition, before = contest("winner_announced"), stored()
    client = signed_in(organizer_of(competition))
    assert "new_cover" not in client.get(page("change", competition)).text
    with rendered(io.BytesIO(photograph(1, size=SIZE))) as picture:
        by = organizer_of(competition)
        with pytest.raises(IntegrityError, match="competition_is_final"):
            set_cover(competition, picture, by=by)
    # What was stored for it is gone again.
    assert stored() == before


def test_the_journal_has_the_cover_and_its_words(signed_in):
    competition = CompetitionFactory()
    organizer = organizer_of(competition)
    client = signed_in(organizer)
    save(client, competition, new_cover=file(), cover_alt=ALT)
    lines = AuditEntry.objects.filter(
        table_name="competitions_competition", row_id=competition.pk
    )
    (line,) = lines.filter(changes__has_key="cover", operation="UPDATE")
    assert line.actor == organizer.pk
    assert line.changes["cover"] == ["", competition.cover]
    assert ALT in client.get(page("history", competition)).text


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("cover_alt = ''", "competition_cover_described"),
        ("cover_alt = E'\\u200b'", "competition_cover_described"),
        ("cover = ''", "competition_cover_complete"),
        ("cover = '../../../../../../etcpas'", "competition_cover_complete"),
        ("cover_width = NULL", "competition_cover_complete"),
        ("cover_width = 0", "competition_cover_width_bounds"),
        ("cover_height = 0", "competition_cover_height_bounds"),
    ],
)
def test_postgresql_keeps_the_columns_together(change, rule):
    competition = give(CompetitionFactory())
    statement = f"UPDATE competitions_competition SET {change} WHERE id = %s"
    assert refused(statement, [competition.pk]) == rule
