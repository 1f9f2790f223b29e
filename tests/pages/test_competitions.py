"""Pages about what is being run, for everybody."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.urls import reverse

from competitions import workflow
from competitions.access import visible_or_404
from mycenas.accounts.models import Role
from tests.factories import (
    DAY,
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
    timezone,
)

pytestmark = pytest.mark.django_db

HOME = reverse("competitions:home")


def test_home_groups_competitions_by_what_visitors_can_do(client):
    now = timezone.now()
    groups = {
        "open_now": CompetitionFactory(state="open"),
        "coming": CompetitionFactory(state="open", opens_at=now + DAY / 2),
        "judging": CompetitionFactory(state="moderation"),
        "decided": contest("winner_announced"),
    }
    CompetitionFactory(title="Still a draft")
    gone = CompetitionFactory(state="open")
    workflow.cancel(gone, reason="Storm.", by=organizer_of(gone))
    answer = client.get(HOME)
    for name, competition in groups.items():
        assert answer.context[name] == [competition], name
    assert "Still a draft" not in answer.content.decode()


def test_the_next_deadline_comes_first(client):
    now = timezone.now()
    late = CompetitionFactory(state="open", closes_at=now + 3 * DAY)
    soon = CompetitionFactory(state="open", closes_at=now + DAY / 2)
    assert client.get(HOME).context["open_now"] == [soon, late]


def test_an_empty_site_has_a_home(client):
    assert client.get(HOME).status_code == 200


@pytest.mark.parametrize("state", ["open", "moderation", "closed", "winner_announced"])
def test_every_published_competition_has_its_page(client, state):
    competition = contest(state, title="Light & dusk")
    CampaignFactory(competition=competition, state="running")
    page = client.get(competition.get_absolute_url()).content.decode()
    assert "Light &amp; dusk" in page
    assert "<em>light</em>" in page
    assert "Paper that lasts" in page


def test_a_competition_with_categories_names_them(client):
    competition = CompetitionFactory()
    CategoryFactory(competition=competition, name="Night")
    workflow.open_entries(competition, by=organizer_of(competition))
    assert "Night" in client.get(competition.get_absolute_url()).content.decode()


def test_a_cancelled_competition_says_why(client):
    competition = CompetitionFactory(state="open")
    workflow.cancel(competition, reason="A storm.", by=organizer_of(competition))
    answer = client.get(competition.get_absolute_url())
    assert "A storm." in answer.content.decode()
    assert answer.context["takes_entries"] is False


def test_the_page_takes_no_more_entries_than_the_database(client):
    over = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    assert client.get(over.get_absolute_url()).context["takes_entries"] is False


def test_drafts_are_for_their_own_people(client, signed_in):
    draft = CompetitionFactory()
    address = draft.get_absolute_url()
    elsewhere = staff(Role.ORGANIZER, CompetitionFactory().organization)
    assert client.get(address).status_code == 404
    for person, status in (
        (UserFactory(), 404),
        (elsewhere, 404),
        (moderator_of(draft), 200),
        (organizer_of(draft), 200),
    ):
        assert signed_in(person).get(address).status_code == status


def test_whoever_runs_a_draft_sees_it_before_it_is_published():
    draft, published = CompetitionFactory(), CompetitionFactory(state="open")
    for person, seen in (
        (AnonymousUser(), {published}),
        (UserFactory(), {published}),
        (organizer_of(published), {published}),
        (moderator_of(draft), {draft, published}),
        (organizer_of(draft), {draft, published}),
        (UserFactory(is_superuser=True), {draft, published}),
    ):
        assert {one for one in (draft, published) if is_visible(one, person)} == seen


def is_visible(competition, person):
    try:
        return visible_or_404(person, competition.slug) == competition
    except Http404:
        return False


def test_pages_are_read_only(client):
    competition = CompetitionFactory(state="open")
    for address in (HOME, competition.get_absolute_url()):
        assert client.post(address).status_code == 405


@pytest.mark.parametrize("entries", [1, 3])
@pytest.mark.parametrize("state", ["moderation", "winner_announced"])
def test_a_page_costs_the_same_with_any_number_of_entries(
    client, django_assert_num_queries, state, entries
):
    competition = contest(state, entries=entries)
    with django_assert_num_queries(8):
        client.get(competition.get_absolute_url())


@pytest.mark.parametrize("count", [1, 3])
def test_home_costs_the_same_with_any_number_of_competitions(
    client, django_assert_num_queries, count
):
    """The clock, four lists, the newest entries, and awards with their pictures."""
    for _ in range(count):
        for state in ("open", "moderation", "winner_announced"):
            contest(state)
    with django_assert_num_queries(8):
        client.get(HOME)


def test_an_empty_home_asks_for_no_pictures(client, django_assert_num_queries):
    with django_assert_num_queries(5):
        client.get(HOME)


@pytest.mark.parametrize("state", ["open", "moderation", "closed", "winner_announced"])
def test_a_blind_competition_says_who_sees_no_names(client, state):
    for is_blind in (True, False):
        competition = contest(state, blind=is_blind)
        text = client.get(competition.get_absolute_url()).text
        is_hidden = is_blind and state != "winner_announced"
        assert ("do not see the names of artists until" in text) is is_hidden


def test_a_cancelled_blind_competition_says_that_names_stay_hidden(client):
    competition = CompetitionFactory(state="open", blind=True)
    workflow.cancel(competition, reason="Storm.", by=organizer_of(competition))
    text = client.get(competition.get_absolute_url()).text
    assert "The names of artists stay hidden." in text
    assert "until the winners are announced" not in text
