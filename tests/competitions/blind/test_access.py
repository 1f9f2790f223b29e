"""Who sees the artists of blind competitions, and what unblinding one leaves behind."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from competitions import workflow as competing
from competitions.blind.access import hidden_from, sees_names
from competitions.blind.models import Unblinding
from competitions.blind.workflow import unblind
from mycenas.accounts.models import Role
from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.models import AuditEntry
from tests.factories import (
    CompetitionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
)

pytestmark = pytest.mark.django_db

PAGE = "admin:competitions_competition_{}"


@pytest.fixture
def blind():
    return CompetitionFactory(state="open", blind=True)


def test_artists_are_hidden_until_the_winners_are_announced(blind):
    people = [
        AnonymousUser(),
        UserFactory(),
        moderator_of(blind),
        organizer_of(blind),
        UserFactory(is_superuser=True),
    ]
    final, plain = contest("winner_announced", blind=True), CompetitionFactory()
    for person in people:
        assert not sees_names(person, blind)
        assert sees_names(person, final)
        assert sees_names(person, plain)
        assert list(hidden_from(person)) == [blind]


def test_an_organizer_sees_the_artists_of_what_was_unblinded(blind):
    organizer = organizer_of(blind)
    other = CompetitionFactory(
        state="open", blind=True, organization=blind.organization
    )
    unblind(blind, reason="A complaint.", by=organizer)
    assert sees_names(organizer, blind)
    assert list(hidden_from(organizer)) == [other]
    another = staff(Role.ORGANIZER, blind.organization)
    assert not sees_names(another, blind)
    assert not sees_names(UserFactory(is_superuser=True), blind)


def test_who_is_no_organizer_any_more_sees_no_artists(blind):
    organizer = organizer_of(blind)
    staff(Role.ORGANIZER, blind.organization)
    unblind(blind, reason="A complaint.", by=organizer)
    organizer.memberships.update(role=Role.MODERATOR)
    assert not sees_names(organizer, blind)


def test_a_cancelled_competition_stays_blind(blind):
    organizer = organizer_of(blind)
    competing.cancel(blind, reason="No money.", by=organizer)
    assert not sees_names(organizer, blind)
    unblind(blind, reason="To return the works.", by=organizer)
    assert sees_names(organizer, blind)


def test_moderators_do_not_unblind_and_a_reason_is_needed(blind):
    with pytest.raises(NotAllowed):
        unblind(blind, reason="Curious.", by=moderator_of(blind))
    with pytest.raises(ProblemError):
        unblind(blind, reason="  ", by=organizer_of(blind))
    assert not Unblinding.objects.exists()


def test_the_page_of_the_competition_says_who_saw_artists_and_why(blind, signed_in):
    organizer = staff(Role.ORGANIZER, blind.organization, name="Olga")
    client = signed_in(organizer)
    overview = reverse(PAGE.format("overview"), args=[blind.pk])
    show = reverse(PAGE.format("do"), args=[blind.pk, "unblind"])
    assert show in client.get(overview).text
    assert client.post(show, {"reason": ""}).status_code == 200
    assert not Unblinding.objects.exists()
    client.post(show, {"reason": "A complaint of theft."})
    made = Unblinding.objects.get()
    assert (made.competition, made.user) == (blind, organizer)
    text = client.get(overview).text
    assert show not in text
    assert "Olga" in text
    assert "A complaint of theft." in text
    (entry,) = AuditEntry.objects.filter(table_name="blind_unblinding")
    assert (entry.actor, entry.reason) == (organizer.pk, "A complaint of theft.")
    history = reverse(PAGE.format("history"), args=[blind.pk])
    assert "A complaint of theft." in client.get(history).text
    another = signed_in(staff(Role.ORGANIZER, blind.organization))
    assert "A complaint of theft." in another.get(overview).text


def test_the_form_offers_blindness_in_drafts_alone(signed_in, blind):
    draft = CompetitionFactory(organization=blind.organization)
    client = signed_in(organizer_of(blind))
    for competition, is_offered in ((draft, True), (blind, False)):
        address = reverse(PAGE.format("change"), args=[competition.pk])
        assert ('name="blind"' in client.get(address).text) is is_offered
