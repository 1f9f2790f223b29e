"""The page that says why a person cannot see an object, or act on it."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from mycenas.accounts.models import Role
from mycenas.staff.explain import Subject, can
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    staff,
)

pytestmark = pytest.mark.django_db
WHY = reverse("admin:why")


@pytest.fixture
def entry():
    return SubmissionFactory(state=S.PENDING)


def page(entry, *more):
    name = "do" if more else "change"
    return reverse(f"admin:submissions_submission_{name}", args=[entry.pk, *more])


def answer(client, person, address):
    query = {"email": person.email, "address": f"https://testserver{address}?a=1"}
    return " ".join(client.get(WHY, query).text.split())


def test_what_was_typed_stays_when_the_rest_is_missing(entry, signed_in):
    text = signed_in(organizer_of(entry)).get(WHY, {"email": "a@example.org"}).text
    assert 'value="a@example.org"' in text
    assert "This field is required" in text


@pytest.mark.parametrize(
    "before",
    ["https://other.example", "javascript:", "//other.example", "ftp://testserver"],
)
def test_an_address_of_another_site_is_none_of_ours(entry, signed_in, before):
    query = {"email": "a@example.org", "address": before + page(entry)}
    text = signed_in(organizer_of(entry)).get(WHY, query).text
    assert "You organize nothing with a page at this address" in text


def test_what_a_moderator_can_and_cannot_do_is_said_with_the_role(entry, signed_in):
    asking, person = signed_in(organizer_of(entry)), moderator_of(entry)
    text = answer(asking, person, page(entry, "approve"))
    assert f"{person} can see or do this." in text
    assert f"moderator, organization “{entry.competition.organization}”" in text
    text = answer(asking, person, page(entry, "reopen"))
    assert "“Reopen” is not possible now; the state is" in text
    pages = {"people": False, "overview": True}
    for name, can_see in pages.items():
        args = [entry.competition_id]
        address = reverse(f"admin:competitions_competition_{name}", args=args)
        text = answer(asking, person, address)
        assert ("This needs the role organizer in" not in text) is can_see, name


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"is_active": False}, "The account is deactivated."),
        ({}, "The desk opens for organizers and moderators"),
        ({}, "This needs the role organizer / moderator in"),
    ],
)
def test_what_is_missing_is_said(entry, signed_in, change, sentence):
    person = UserFactory(**change)
    entry.competition.roles.create(user=person, role=Role.JUROR)
    text = answer(signed_in(organizer_of(entry)), person, page(entry))
    assert sentence in text
    assert f"juror, competition “{entry.competition}”" in text


def test_ones_own_entry_and_a_missing_factor_are_reasons(signed_in, settings):
    competition = CompetitionFactory(state="open")
    person = moderator_of(competition)
    entry = SubmissionFactory(
        competition=competition, participant=person, state=S.PENDING
    )
    asking = signed_in(UserFactory(is_superuser=True))
    assert "your own entry" in answer(asking, person, page(entry, "approve"))
    subject = Subject(admin.site._registry[Submission], entry)
    assert can(person, subject) == []
    settings.STAFF_SECOND_FACTOR = True
    assert ["second factor" in str(one) for one in can(person, subject)] == [True]


def test_organizers_ask_about_their_own_only(entry, signed_in):
    other = signed_in(staff(Role.ORGANIZER, CompetitionFactory().organization))
    person = moderator_of(entry)
    assert "You organize nothing with a page" in answer(other, person, page(entry))
    detail = entry.competition.get_absolute_url()
    for page_of in (detail, entry.get_absolute_url()):
        assert "You organize nothing with a page" in answer(other, person, page_of)
    for address in ("/admin/", "/nowhere/", "//[", "/", reverse("admin:index")):
        assert "You organize nothing" in answer(other, person, address)
    for role in (Role.MODERATOR, Role.JUROR):
        client = signed_in(staff(role, entry.competition.organization))
        assert client.get(WHY).status_code == 404


def test_whether_a_stranger_has_an_account_is_not_said(entry, signed_in):
    asking, stranger = signed_in(organizer_of(entry)), UserFactory()
    known = answer(asking, stranger, page(entry))
    stranger.email = "nobody@example.org"
    unknown = answer(asking, stranger, page(entry))
    assert "This person has no role in" in known
    assert "This person has no role in" in unknown
