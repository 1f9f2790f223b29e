"""The organizers' desk for campaigns: the picture, the approval, the verbs."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.states import CampaignState as C
from mycenas.accounts.models import Role
from tests.factories import (
    CampaignFactory,
    CompetitionFactory,
    OrganizationFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    staff,
)
from tests.form_data import filled

pytestmark = pytest.mark.django_db

ADD = reverse("admin:campaigns_campaign_add")
LIST = reverse("admin:campaigns_campaign_changelist")
VERBS = ("approve", "schedule", "back-to-draft", "pause", "resume", "end")


def page(name, campaign, *more):
    return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk, *more])


def said(answer):
    return " ".join(str(m) for m in answer.context["messages"])


def do(client, campaign, verb):
    return said(client.post(page("do", campaign, verb), follow=True))


@pytest.fixture
def competition():
    return CompetitionFactory(state="open")


@pytest.fixture
def sponsor(competition):
    return staff(Role.SPONSOR, competition.organization)


def form_of(competition, sponsor, **changes):
    fields = {
        "name": "Paper",
        "competition": competition.pk,
        "sponsor": sponsor.pk,
        "starts_at_0": "2026-05-01",
        "starts_at_1": "09:00:00",
        "ends_at_0": "2036-06-01",
        "ends_at_1": "09:00:00",
        "headline": "Paper that lasts",
        "target_url": "https://paper.example/",
        "alt_text": "A sheet of paper",
    }
    return {**fields, **changes}


@pytest.mark.django_db(transaction=True)
def test_a_campaign_is_made_with_its_picture(signed_in, competition, sponsor, jpeg):
    client = signed_in(organizer_of(competition))
    picture = SimpleUploadedFile("sheet.jpg", jpeg, content_type="image/jpeg")
    form = form_of(competition, sponsor, new_picture=picture)
    answer = client.post(ADD, form, follow=True)
    assert answer.status_code == 200
    campaign = Campaign.objects.get()
    assert (campaign.picture_width, campaign.picture_height) == (64, 48)
    text = client.get(page("change", campaign)).content.decode()
    assert campaign.picture_url in text
    client = signed_in(staff(Role.ORGANIZER, competition.organization))
    for verb, state in (("approve", C.DRAFT), ("schedule", C.SCHEDULED)):
        assert "Done" in do(client, campaign, verb)
        campaign.refresh_from_db()
        assert campaign.state == state


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg onload=alert(1)>", "not a JPEG, PNG or WebP picture"),
        (b"\xff\xd8\xff but no picture", "damaged or cut off"),
    ],
)
def test_a_picture_at_fault_is_explained(
    signed_in, competition, sponsor, content, sentence
):
    client = signed_in(organizer_of(competition))
    picture = SimpleUploadedFile("sheet.jpg", content)
    form = form_of(competition, sponsor, new_picture=picture)
    answer = client.post(ADD, form, follow=True)
    assert sentence in answer.content.decode()
    assert "added successfully" not in answer.content.decode()
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_window_beyond_any_calendar_is_explained(
    signed_in, competition, sponsor, day
):
    client = signed_in(organizer_of(competition))
    form = form_of(competition, sponsor, starts_at_0=day, ends_at_0=day)
    errors = client.post(ADD, form).context["adminform"].form.errors
    sentence = f"“{day} 09:00” is out of bounds. Give a date in the years 2000 to 2200."
    assert errors == {"starts_at": [sentence], "ends_at": [sentence]}
    assert not Campaign.objects.exists()


def test_a_picture_that_is_too_large_is_explained(signed_in, competition, sponsor):
    client = signed_in(organizer_of(competition))
    picture = SimpleUploadedFile("sheet.jpg", b"x" * (10 * 1024 * 1024 + 1))
    answer = client.post(ADD, form_of(competition, sponsor, new_picture=picture))
    assert "This picture has 10.0 MB; the limit is 10 MB." in answer.content.decode()


def test_what_was_approved_is_approved_again_after_a_change(signed_in):
    campaign = CampaignFactory()
    sponsor = staff(Role.SPONSOR, campaign.competition.organization)
    client = signed_in(organizer_of(campaign))
    do(client, campaign, "approve")
    form = form_of(campaign.competition, sponsor, headline="Another word")
    form["_seen"] = filled(client.get(page("change", campaign)))["_seen"]
    assert client.post(page("change", campaign), form).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.headline, campaign.approved_at) == ("Another word", None)


def test_only_sponsors_and_competitions_of_ones_own_can_be_chosen(
    signed_in, competition, sponsor
):
    client = signed_in(organizer_of(competition))
    foreign = CompetitionFactory(state="open")
    stranger = staff(Role.SPONSOR, foreign.organization)
    for form in (form_of(foreign, sponsor), form_of(competition, stranger)):
        answer = client.post(ADD, form)
        assert answer.status_code == 200
        assert "Select a valid choice" in answer.content.decode()
    assert not Campaign.objects.exists()


def test_organizers_see_their_own_campaigns_only(signed_in):
    mine, other = CampaignFactory(), CampaignFactory()
    client = signed_in(organizer_of(mine))
    text = client.get(LIST).content.decode()
    assert mine.name in text
    assert other.name not in text
    assert client.get(page("change", other)).status_code == 404
    assert client.post(page("do", other, "approve")).status_code == 404
    for person in (
        moderator_of(mine),
        staff(Role.SPONSOR, OrganizationFactory()),
        UserFactory(),
    ):
        assert signed_in(person).get(LIST).status_code == 404


@pytest.mark.parametrize("state", C)
def test_every_campaign_has_its_page_and_no_verb_is_an_error(signed_in, state):
    campaign = CampaignFactory(state=state)
    client = signed_in(organizer_of(campaign))
    text = client.get(page("change", campaign)).content.decode()
    assert "shown 0, clicked 0" in text
    assert ("new_picture" in text) is (state == C.DRAFT)
    for number, verb in enumerate(VERBS, 1):
        with transaction.atomic():
            answer = client.post(page("do", campaign, verb))
            assert answer.status_code == 302, verb
            # What they say waits for the page that shows it.
            assert len(get_messages(answer.wsgi_request)) == number, verb
            # The next verb finds the campaign in its state again.
            transaction.set_rollback(True)


def test_every_verb_asks_first(signed_in):
    campaign = CampaignFactory()
    client = signed_in(organizer_of(campaign))
    for verb in VERBS:
        assert client.get(page("do", campaign, verb)).status_code == 200, verb
    assert client.get(ADD).status_code == 200


def test_a_running_campaign_is_not_edited(signed_in, jpeg):
    campaign = CampaignFactory(state=C.RUNNING)
    client = signed_in(organizer_of(campaign))
    picture = SimpleUploadedFile("sheet.jpg", jpeg)
    form = {"headline": "x", "new_picture": picture}
    answer = client.post(page("change", campaign), form, follow=True)
    assert answer.status_code == 200
    campaign.refresh_from_db()
    assert (campaign.headline, campaign.picture) == ("Paper that lasts", "sheet.webp")


def test_the_end_of_a_running_campaign_is_moved_with_a_reason(signed_in):
    campaign = CampaignFactory(state=C.RUNNING)
    zone = campaign.competition.zone
    client = signed_in(organizer_of(campaign))
    address = page("do", campaign, "change-end")
    form = {"ends_at_0": "2036-06-01", "ends_at_1": "09:00", "reason": ""}
    assert "This field is required." in client.post(address, form).text
    past = {**form, "ends_at_0": "2026-01-01", "reason": "Too long."}
    refused = client.post(address, past).text
    assert "The end moves only while it is ahead" in refused
    assert "Too long." in refused
    answer = client.post(address, {**form, "reason": "Paid for."}, follow=True)
    assert "Done" in said(answer)
    campaign.refresh_from_db()
    assert campaign.ends_at == datetime(2036, 6, 1, 9, tzinfo=zone)
    assert "Paid for." in client.get(page("history", campaign)).text


def test_the_same_form_again_adds_no_second_campaign(signed_in, competition, sponsor):
    client = signed_in(organizer_of(competition))
    form = form_of(competition, sponsor, target_url="https://ex\u00e4mple.org/")
    assert client.post(ADD, form).status_code == 302
    answer = client.post(ADD, form)
    assert "added already" in " ".join(answer.context["errors"].data[0])
    assert client.post(ADD, {**form, "name": "Paper again"}).status_code == 302
    assert Campaign.objects.count() == 2


def test_a_form_without_anything_to_change_offers_no_saving(competition, signed_in):
    client = signed_in(organizer_of(competition))
    running = CampaignFactory(competition=competition, state="running")
    text = client.get(page("change", running)).text
    assert "Only a draft can be changed" in text
    assert 'name="_save"' not in text
    assert 'name="_continue"' not in text
    draft = CampaignFactory(competition=competition)
    text = client.get(page("change", draft)).text
    assert "Only a draft can be changed" not in text
    assert 'name="_save"' in text
