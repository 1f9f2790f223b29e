"""What counts: one row for one showing, and nothing that is forged."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns import counting
from campaigns.models import Campaign, Click, Impression
from campaigns.states import CampaignState as C
from campaigns.workflow import set_picture
from tests.factories import (
    DAY,
    CampaignFactory,
    CompetitionFactory,
    UserFactory,
    organizer_of,
    timezone,
    walk_campaign,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return CampaignFactory(state=C.RUNNING)


FOX = "Mozilla/5.0 (X11; Linux) Firefox/130.0"


@pytest.fixture
def client():
    return Client(headers={"user-agent": FOX})


def visit(rf, number=1):
    """A request by another visitor for each number."""
    return rf.get("/", REMOTE_ADDR=f"198.51.{number}.7", headers={"user-agent": FOX})


def shown(signed):
    return reverse("campaigns:shown", args=[signed])


def go(signed):
    return reverse("campaigns:go", args=[signed])


def test_a_page_carries_a_showing_that_counts_once(client, campaign):
    page = client.get(campaign.competition.get_absolute_url()).content.decode()
    assert Impression.objects.count() == 0
    signed = page.split("/campaigns/shown/")[1].split("/")[0]
    for _ in range(3):
        answer = client.get(shown(signed))
        assert answer["Content-Type"] == "image/gif"
        assert "no-store" in answer["Cache-Control"]
    row = Impression.objects.get()
    assert (row.campaign, row.repeats) == (campaign, 2)


def test_every_page_is_a_showing_of_its_own(campaign):
    showings = {counting.new_showing(campaign).impression for _ in range(3)}
    assert len(showings) == 3


def test_a_click_counts_once_and_leads_to_the_sponsor(client, campaign):
    signed = counting.new_showing(campaign).signed()
    for _ in range(2):
        answer = client.get(go(signed))
        assert (answer.status_code, answer["Location"]) == (302, campaign.target_url)
        assert answer["X-Robots-Tag"] == "nofollow"
    click = Click.objects.get()
    assert str(click) == str(click.impression)
    assert click.repeats == 1
    assert Impression.objects.count() == 1


def test_a_forged_showing_is_nothing(client, campaign):
    signed = counting.new_showing(campaign).signed()
    forged = signing.dumps([campaign.pk, "0" * 32], key="guess", salt=counting.SALT)
    other_salt = signing.dumps([campaign.pk, "0" * 32], salt="something.else")
    for bad in (signed[:-1] + "x", "x" + signed, forged, other_salt, "nonsense"):
        assert client.get(shown(bad)).status_code == 404
        assert client.get(go(bad)).status_code == 404
    assert not Impression.objects.exists()


def test_a_showing_is_good_for_some_hours_only(client, campaign, monkeypatch):
    signed = counting.new_showing(campaign).signed()
    monkeypatch.setattr(counting, "VALID_SECONDS", -1)
    assert client.get(shown(signed)).status_code == 404
    assert client.get(go(signed)).status_code == 404
    assert not Impression.objects.exists()


@pytest.mark.parametrize(
    ("state", "on_show"),
    [
        (C.DRAFT, False),
        (C.SCHEDULED, True),
        (C.RUNNING, True),
        (C.PAUSED, False),
        (C.ENDED, False),
    ],
)
def test_only_what_may_be_shown_is(state, on_show):
    campaign = CampaignFactory(state=state)
    found = counting.choose(campaign.competition)
    assert (found == campaign) is on_show


@pytest.mark.parametrize("state", [C.DRAFT, C.PAUSED, C.ENDED, C.RUNNING])
def test_a_pixel_and_a_link_count_nothing_when_it_is_not_on_show(client, state):
    """The last one is over, but the job that ends it has not come by."""
    over = {"ends_at": timezone.now() - DAY / 2} if state == C.RUNNING else {}
    campaign = CampaignFactory(state=state, **over)
    signed = counting.new_showing(campaign).signed()
    assert client.get(shown(signed))["Content-Type"] == "image/gif"
    assert client.get(go(signed))["Location"] == campaign.target_url
    assert not Impression.objects.exists()


def test_the_window_counts_and_not_the_job_that_keeps_it():
    now = timezone.now()
    competition = CompetitionFactory(state="open")
    for window in (
        {"starts_at": now + DAY / 2},
        {"starts_at": now - 2 * DAY, "ends_at": now - DAY},
    ):
        CampaignFactory(competition=competition, state=C.RUNNING, **window)
    assert counting.choose(competition) is None


def test_a_campaign_stays_with_its_competition(campaign):
    assert counting.choose(CompetitionFactory(state="open")) is None


def test_a_slot_without_campaign_is_empty(client):
    competition = CompetitionFactory(state="open")
    page = client.get(competition.get_absolute_url()).content.decode()
    assert "/campaigns/shown/" not in page


def test_what_one_visitor_repeats_counts_once(client, campaign):
    for number in range(8):
        agent = FOX.replace("130", str(number))
        here = {"REMOTE_ADDR": f"198.51.100.{number}"}
        signed = counting.new_showing(campaign).signed()
        for address in (shown(signed), go(signed)):
            client.get(address, headers={"user-agent": agent}, **here)
    row = Impression.objects.get()
    assert (row.repeats, row.click.repeats) == (7, 7)
    assert "198.51" not in row.visitor


def test_one_showing_is_one_row_whoever_uses_it(client, campaign):
    signed = counting.new_showing(campaign).signed()
    for number in range(3):
        for address in (shown(signed), go(signed)):
            client.get(address, REMOTE_ADDR=f"198.51.{number}.7")
    row = Impression.objects.get()
    assert (row.repeats, row.click.repeats) == (2, 2)


def test_a_click_after_midnight_belongs_to_its_showing(rf, campaign, monkeypatch):
    showing = counting.new_showing(campaign)
    counting.count_impression(showing, visit(rf))
    tomorrow = timezone.now() + DAY
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    counting.count_click(showing, visit(rf))
    assert Impression.objects.get().click.repeats == 0
    counting.count_impression(counting.new_showing(campaign), visit(rf))
    assert Impression.objects.count() == 2


def test_sponsors_see_their_own_numbers(client, signed_in, rf, campaign):
    CampaignFactory(state=C.RUNNING, name="Of another")
    for number, clicked in ((1, True), (2, False), (3, False), (3, False)):
        showing = counting.new_showing(campaign)
        counting.count_impression(showing, visit(rf, number))
        if clicked:
            counting.count_click(showing, visit(rf, number))
    address = reverse("campaigns:mine")
    assert client.get(address).status_code == 302
    page = signed_in(campaign.sponsor).get(address)
    (row,) = page.context["campaigns"]
    numbers = (row.shown, row.shown_again, row.clicked, row.clicked_again)
    assert (row, numbers) == (campaign, (3, 1, 1, 0))
    assert "Shown, repeats" in page.content.decode()
    assert "Of another" not in page.content.decode()


def test_rows_name_themselves(rf, campaign):
    counting.count_impression(counting.new_showing(campaign), visit(rf))
    row = Impression.objects.get()
    assert (str(row), str(campaign)) == (str(row.pk), campaign.name)


def test_impressions_and_clicks_cost_one_statement_each(rf, campaign):
    """Also those that are repeated, and a click before its impression."""

    def cost(act, *arguments) -> int:
        with CaptureQueriesContext(connection) as made:
            act(*arguments)
        return len([one for one in made if "SAVEPOINT" not in one["sql"]])

    def counted(count, number: int) -> int:
        return cost(count, counting.new_showing(campaign), visit(rf, number))

    assert cost(counting.choose, campaign.competition) == 1
    shown_and_clicked = (counting.count_impression, counting.count_click) * 2
    assert [counted(count, 1) for count in shown_and_clicked] == [1] * 4
    assert counted(counting.count_click, 2) == 1
    rows = Impression.objects.order_by("shown_at")
    assert [(row.repeats, row.click.repeats) for row in rows] == [(1, 1), (0, 0)]


def test_numbers_cost_one_query(django_assert_num_queries, rf, campaign):
    for number in range(3):
        counting.count_click(counting.new_showing(campaign), visit(rf, number))
    found: Any
    with django_assert_num_queries(1):
        (found,) = counting.with_numbers(Campaign.objects.all())
    assert (found.shown, found.clicked) == (3, 3)


# --- the picture


@pytest.fixture
def with_picture(jpeg):
    def make(state):
        campaign = CampaignFactory()
        set_picture(campaign, io.BytesIO(jpeg))
        return walk_campaign(campaign, state)

    return make


def status_of(client, campaign):
    answer = client.get(campaign.picture_url)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def test_a_picture_is_public_while_it_is_shown(client, signed_in, with_picture):
    running, draft = with_picture(C.RUNNING), with_picture(C.DRAFT)
    assert status_of(client, running) == 200
    assert status_of(client, draft) == 404
    for person, status in (
        (UserFactory(), 404),
        (draft.sponsor, 200),
        (organizer_of(draft), 200),
    ):
        assert status_of(signed_in(person), draft) == status


def test_a_browser_keeps_no_picture_that_is_replaced_or_not_on_show(
    signed_in, with_picture, jpeg
):
    draft, running = with_picture(C.DRAFT), with_picture(C.RUNNING)
    approver, before = signed_in(organizer_of(draft)), draft.picture_url
    for campaign, kept in (
        (draft, "private, no-store"),
        (running, "private, max-age=300"),
    ):
        answer = approver.get(campaign.picture_url)
        b"".join(answer.streaming_content)
        assert answer["Cache-Control"] == kept
    set_picture(draft, io.BytesIO(jpeg))
    assert draft.picture_url != before
    assert approver.get(before).status_code == 404
    assert status_of(approver, draft) == 200


def test_a_picture_whose_file_is_gone_is_not_found(client):
    assert status_of(client, CampaignFactory(state=C.RUNNING)) == 404
