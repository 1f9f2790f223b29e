"""The page that says why a person cannot see something, asked about public pages."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from competitions.workflow import cancel
from submissions.review import workflow as review
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
)
from tests.staff.test_explaining import answer

pytestmark = pytest.mark.django_db

PUBLIC = ("competitions:detail", "submissions:gallery", "submissions:books")
DRAFT = "is a draft: its organizers and moderators see it"


def can_see(person):
    return f"{person} can see or do this."


def said_of(client, person, page):
    """The answer without the address that was typed, and what changes by itself."""
    text = answer(client, person, page).partition('id="content-main"')[2]
    assert "see" in text
    return text.replace(person.email, "")


def of(name, competition):
    return reverse(name, args=[competition.slug])


@pytest.mark.parametrize("name", [*PUBLIC, "submissions:enter"])
def test_a_draft_is_seen_by_its_people_only(signed_in, client, name):
    draft = CompetitionFactory()
    stranger, moderator = UserFactory(), moderator_of(draft)
    asking, page = signed_in(organizer_of(draft)), of(name, draft)
    text = answer(asking, stranger, page)
    assert DRAFT in text
    assert client.get(page).status_code == 404
    assert "Roles that count here" not in text
    assert DRAFT not in answer(asking, moderator, page)


@pytest.mark.parametrize("name", PUBLIC)
def test_an_open_competition_is_seen_by_everybody(signed_in, name):
    competition = CompetitionFactory(state="open", blind=True)
    asking, stranger = signed_in(organizer_of(competition)), UserFactory()
    text = answer(asking, stranger, of(name, competition))
    assert can_see(stranger.email) in text
    assert ("its artists are not named" in text) is (name != "submissions:books")


@pytest.mark.parametrize(
    ("state", "is_shown"), [("closed", False), ("winner_announced", True)]
)
def test_prizes_are_left_out_until_they_are_announced(signed_in, state, is_shown):
    competition = contest(state)
    asking = signed_in(organizer_of(competition))
    text = answer(asking, UserFactory(), competition.get_absolute_url())
    assert ("Prizes are shown once the winners" not in text) is is_shown


def test_why_no_work_is_entered_is_said(signed_in):
    competition = CompetitionFactory(state="open")
    organizer = organizer_of(competition)
    asking, page = signed_in(organizer), of("submissions:enter", competition)
    sentence = "takes no entries now"
    assert can_see(organizer) in answer(asking, organizer, page)
    assert "To enter a work one signs in." in answer(asking, UserFactory(), page)
    competition = contest("closed")
    page = of("submissions:enter", competition)
    text = answer(signed_in(organizer_of(competition)), UserFactory(), page)
    assert sentence in text
    open_one = CompetitionFactory(state="open")
    organizer = organizer_of(open_one)
    cancel(open_one, reason="A storm.", by=organizer)
    page = of("submissions:enter", open_one)
    text = answer(signed_in(organizer), organizer, page)
    assert "it takes no entries" in text
    assert sentence not in text


@pytest.mark.parametrize("state", [S.RESERVED, S.PENDING, S.REJECTED, S.QUARANTINED])
def test_an_entry_that_is_not_accepted_has_no_page(signed_in, client, state):
    entry = SubmissionFactory(state=state)
    page = entry.get_absolute_url()
    assert client.get(page).status_code == 404
    asking = signed_in(organizer_of(entry))
    for person in (entry.participant, UserFactory(), moderator_of(entry)):
        text = answer(asking, person, page)
        assert f"the state is “{entry.get_state_display()}”" in text


def test_an_accepted_entry_is_public_once_that_cannot_be_undone(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    asking, stranger = signed_in(organizer_of(entry)), UserFactory()
    review.approve(entry, by=moderator_of(entry))
    assert "accepted just now" in answer(asking, stranger, entry.get_absolute_url())
    settled = SubmissionFactory(state=S.APPROVED, competition=entry.competition)
    page = settled.get_absolute_url()
    assert can_see(stranger.email) in answer(asking, stranger, page)
    cancel(entry.competition, reason="A storm.", by=organizer_of(entry))
    text = answer(asking, stranger, page)
    assert "its entries are not public" in text
    assert "accepted just now" not in text


def test_the_artist_of_a_blind_competition_is_answered_like_others(signed_in):
    competition = CompetitionFactory(state="open", blind=True, opens_at=timezone.now())
    entry = SubmissionFactory(state=S.PENDING, competition=competition)
    asking, page = signed_in(organizer_of(entry)), entry.get_absolute_url()

    artist = entry.participant
    found = said_of(asking, artist, page)
    assert found == said_of(asking, UserFactory(), page)
    assert artist.name not in found


def test_whether_a_stranger_has_an_account_is_not_said(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    asking, stranger = signed_in(organizer_of(entry)), UserFactory()
    page = entry.get_absolute_url()
    known = said_of(asking, stranger, page)
    stranger.email = "nobody@example.org"
    assert known == said_of(asking, stranger, page)
