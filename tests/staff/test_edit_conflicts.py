"""Two people edit one object in the admin: the second reads what the first changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress

from campaigns.models import Campaign
from competitions.models import Competition
from mycenas.accounts.models import Membership, Role
from tests.factories import (
    AwardFactory,
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    OrganizationFactory,
    UserFactory,
    contest,
    staff,
)
from tests.form_data import complaints, filled
from tests.staff.test_saving import address

pytestmark = pytest.mark.django_db


@pytest.fixture
def edit(signed_in):
    """The same page opened by two organizers: how each would send it."""

    def open_twice(row):
        competition = getattr(row, "competition", row)
        organization = getattr(competition, "organization", competition)
        people = [
            staff(Role.ORGANIZER, organization, name=name, is_superuser=True)
            for name in ("Ada", "Bo")
        ]
        clients = [signed_in(person) for person in people]
        pages = [client.get(address(row)) for client in clients]

        def send(number, page=None, **typed):
            form = filled(page or pages[number], **typed)
            return clients[number].post(address(row), form)

        return send

    return open_twice


def test_the_second_is_shown_what_the_first_changed_and_may_save_again(edit):
    start, end = "Everybody may enter. " * 50, "Judges decide. " * 50
    rules = (f"{start}Prints {size} cm wide. {end}" for size in (40, 90))
    competition = CompetitionFactory(title="Old", brief="Rooms.", rules=next(rules))
    send = edit(competition)
    answer = send(0, title="By Ada", brief="Halls.", rules=next(rules))
    assert answer.status_code == 302
    answer = send(1, summary="By Bo")
    (first, shown) = complaints(answer)["__all__"]
    assert "nothing was saved" in first
    assert re.match(r"Ada, \w+day, \d+ \w+ 20", shown)
    assert "(UTC): competition changed" in shown
    assert "title: “Old” → “By Ada”" in shown
    assert "brief: “Rooms.” → “Halls.”" in shown
    old, new = re.findall("rules: “(.*?)” → “(.*?)”", shown)[0]
    assert "Prints 40 cm wide." in old
    assert "Prints 90 cm wide." in new
    assert len(old) < 200
    competition.refresh_from_db()
    assert (competition.title, competition.summary) == ("By Ada", "")
    assert 'value="By Bo"' in answer.content.decode()
    # She has read it, and decides.
    assert send(1, page=answer).status_code == 302
    competition.refresh_from_db()
    assert (competition.title, competition.summary) == ("Old", "By Bo")


def test_the_moments_of_a_change_are_in_the_zone_of_the_form(edit):
    opens_at = datetime(2020, 5, 1, 8, tzinfo=UTC)
    competition = CompetitionFactory(time_zone="Asia/Tokyo", opens_at=opens_at)
    send = edit(competition)
    assert send(0, opens_at_1="18:00:00").status_code == 302
    (_first, shown) = complaints(send(1, summary="By Bo"))["__all__"]
    assert "17:00:00 (Tokyo, JST)” → “" in shown
    assert "18:00:00 (Tokyo, JST)”" in shown
    assert "UTC" not in shown


def test_one_after_the_other_both_are_saved(edit):
    send = edit(CompetitionFactory())
    assert send(0, title="By Ada").status_code == 302
    assert complaints(send(0, title="Ada again"))["__all__"]


@pytest.mark.parametrize(
    ("prefix", "make"),
    [
        ("categories", lambda row: CategoryFactory(competition=row, name="Old")),
        ("prizes", lambda row: row.prizes.create(name="Old")),
    ],
)
def test_a_part_that_was_changed_or_removed_is_shown(edit, prefix, make):
    competition = CompetitionFactory()
    competition.prizes.all().delete()
    make(competition)
    send = edit(competition)
    assert send(0, **{f"{prefix}-0-DELETE": "on"}).status_code == 302
    shown = complaints(send(1, title="By Bo"))["__all__"]
    assert any("name: “Old” → “–”" in one for one in shown)
    assert Competition.objects.get().title != "By Bo"


def test_a_part_that_was_removed_is_named_and_left_out(edit):
    competition = CompetitionFactory()
    for name in ("First", "Second"):
        CategoryFactory(competition=competition, name=name)
    send = edit(competition)
    assert send(0, **{"categories-0-DELETE": "on"}).status_code == 302
    (kept,) = competition.categories.all()
    number = 1 if kept.name == "Second" else 0
    answer = send(1, **{f"categories-{number}-name": "By Bo"})
    assert "was removed meanwhile" in answer.content.decode()
    assert send(1, page=answer).status_code == 302
    assert [row.name for row in competition.categories.all()] == ["By Bo"]


def campaign():
    row = CampaignFactory()
    organization = row.competition.organization
    Membership.objects.create(
        user=row.sponsor, organization=organization, role=Role.SPONSOR
    )
    return row


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (campaign, "headline"),
        (lambda: AwardFactory(submission=contest("closed").submissions.get()),
         "citation"),
        (OrganizationFactory, "name"),
    ],
)  # fmt: skip
def test_it_holds_for_everything_on_the_desk(edit, make, field):
    row = make()
    send = edit(row)
    assert send(0, **{field: "By Ada"}).status_code == 302
    assert "By Ada" in str(complaints(send(1, **{field: "By Bo"}))["__all__"])
    row.refresh_from_db()
    assert getattr(row, field) == "By Ada"


def test_roles_given_meanwhile_are_shown(edit):
    organization = OrganizationFactory()
    send = edit(organization)
    Membership.objects.create(
        organization=organization, user=UserFactory(), role=Role.JUROR
    )
    assert "juror" in complaints(send(0, name="Renamed"))["__all__"][1]


def test_a_row_of_a_library_has_no_journal_and_is_guarded_all_the_same(signed_in):
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    row = EmailAddress.objects.create(user=UserFactory(), email="a@example.org")
    form = filled(client.get(address(row)))
    EmailAddress.objects.filter(pk=row.pk).update(verified=True)
    assert len(complaints(client.post(address(row), form))["__all__"]) == 1
    row.refresh_from_db()
    assert row.verified


def test_a_form_that_does_not_say_what_it_shows_is_not_saved(edit):
    competition = CompetitionFactory(title="Old")
    assert complaints(edit(competition)(0, title="New", _seen=""))["__all__"]
    competition.refresh_from_db()
    assert competition.title == "Old"


@pytest.fixture
def question(signed_in):
    """A campaign and its question of approval, as another organizer opened it."""
    campaign = CampaignFactory()
    person = staff(Role.ORGANIZER, campaign.competition.organization)
    client = signed_in(person)
    shown = client.get(address(campaign)).content.decode()
    (link,) = re.findall(r'href="([^"]+/do/approve/[^"]*)"', shown)
    return campaign, client, link


def test_what_nobody_looked_at_is_not_approved(question):
    campaign, client, link = question
    page = client.get(link)
    Campaign.objects.filter(pk=campaign.pk).update(headline="Other words")
    answer = client.post(link, filled(page))
    text = answer.content.decode()
    assert "Nothing was done" in text
    assert "→ “Other words”" in text
    campaign.refresh_from_db()
    assert campaign.approved_at is None
    client.post(link, filled(answer))
    campaign.refresh_from_db()
    assert campaign.approved_at


def test_a_question_says_what_changed_since_the_form_was_opened(question):
    campaign, client, link = question
    Campaign.objects.filter(pk=campaign.pk).update(headline="Other words")
    assert "→ “Other words”" in client.get(link).content.decode()


def test_a_question_that_was_answered_twice_is_refused_in_its_own_words(question):
    _campaign, client, link = question
    form = filled(client.get(link))
    for _time in range(2):
        answer = client.post(link, form, follow=True)
        assert "Nothing was done" not in answer.content.decode()
