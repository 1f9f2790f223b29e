"""Where the cover of a competition is shown, and how it is sent."""

from __future__ import annotations

import io
import re

import pytest
from django.urls import reverse
from PIL import Image

from competitions.covers.workflow import file_name
from competitions.models import Competition
from mycenas.storage import store
from tests.competitions.covers.tools import (
    ALT,
    give,
)
from tests.factories import (
    CompetitionFactory,
    contest,
    organizer_of,
)

pytestmark = pytest.mark.django_db(transaction=True)

HOME = reverse("competitions:home")


def test_the_competition_shows_its_cover_and_shares_it(client):
    competition = give(CompetitionFactory(state="open"))
    text = client.get(competition.get_absolute_url()).text
    (image,) = re.findall(r'<figure class="cover">\s*<img [^>]*>', text)
    assert f'alt="{ALT}"' in image
    assert f"{competition.cover_url(1920)} 1200w" in image
    address = f"http://testserver{competition.cover_url(1920)}"
    assert f'content="{address}"' in re.sub(r"\s+", " ", text)
    assert f'<meta property="og:image:alt" content="{ALT}">' in text


def test_lists_show_the_cover_instead_of_an_entry(client):
    competition = give(contest("open"))
    text = client.get(HOME).text
    assert competition.cover_url(960) in text
    assert competition.submissions.get().picture_url(960) not in text
    coming = reverse("competitions:list", args=["open"])
    assert competition.cover_url(960) in client.get(coming).text


def test_without_a_cover_pages_are_as_they_were(client):
    competition = contest("open")
    text = client.get(competition.get_absolute_url()).text
    assert "og:image" not in text
    assert 'class="cover"' not in text
    assert competition.submissions.get().picture_url(960) in client.get(HOME).text


def test_the_cover_is_sent_as_a_picture_alone(client):
    competition = give(CompetitionFactory(state="open"))
    answer = client.get(competition.cover_url(320))
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert Image.open(io.BytesIO(answer.getvalue())).size == (320, 160)


def test_a_draft_shows_its_cover_to_those_who_run_it(client, signed_in):
    competition = give(CompetitionFactory())
    assert client.get(competition.cover_url(320)).status_code == 404
    answer = signed_in(organizer_of(competition)).get(competition.cover_url(320))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    answer.close()


def test_other_names_and_sizes_are_not_there(client):
    competition = give(CompetitionFactory(state="open"))
    other = give(CompetitionFactory(state="open"), seed=2)
    parts = (
        (competition.slug, other.cover, 320),
        (competition.slug, competition.cover, 321),
        (CompetitionFactory(state="open").slug, competition.cover, 320),
    )
    for args in parts:
        address = reverse("competitions:cover", args=args)
        assert client.get(address).status_code == 404
    store().remove_cover(file_name(competition.cover, 320))
    assert client.get(competition.cover_url(320)).status_code == 404


def test_the_size_of_a_small_cover_is_named_once():
    competition = Competition(slug="x", cover="a" * 24, cover_width=960, cover_height=1)
    found = [(one.width, one.height) for one in competition.cover_pictures]
    assert found == [(320, 1), (960, 1)]
