"""Moments on the desk: one named zone, also for hours that come twice or never."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from competitions.models import Competition
from mycenas.accounts.models import Role
from mycenas.core.models import Mail
from mycenas.core.templatetags.ui import deadline_text
from mycenas.staff.datetimes import AdminDateTimeField, in_zone
from submissions.states import SubmissionState as S
from tests.factories import (
    CampaignFactory,
    CompetitionFactory,
    ExportFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
    staff,
)
from tests.form_data import complaints, filled
from tests.staff.test_saving import address

ATHENS, BERLIN = ZoneInfo("Europe/Athens"), ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
SECOND = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def read(date, time, zone=BERLIN):
    with timezone.override(zone):
        return AdminDateTimeField().clean([date, time])


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("02:30 CEST", FIRST),
        ("02:30 cet", SECOND),
        ("02:30 +02:00", FIRST),
        ("02:30:00+01:00", SECOND),
        ("12:30", datetime(2026, 10, 25, 11, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_comes_twice_can_be_named(time, moment):
    assert read("2026-10-25", time) == moment


@pytest.mark.parametrize(
    ("date", "time", "sentence"),
    [
        ("2026-10-25", "02:30", "“02:30 +02:00” for the first or as “02:30 +01:00”"),
        ("2026-03-29", "02:30", "does not exist in the time zone Europe/Berlin"),
        ("2026-03-29", "02:30", "Type 03:30 or another time."),
        ("2026-07-01", "02:30 CET", "“CET” is no name for this time"),
        ("2026-07-01", "soon CET", "Type a time from 00:00 to 23:59:59, like 18:30."),
        ("2026-07-01", "", "Type a time from 00:00 to 23:59:59, like 18:30."),
        ("2026-13-01", "18:30", "Type a date that exists, like 2026-12-31."),
        ("2026-07-01", "02:30 +99:99", "“+99:99” is no distance from UTC."),
        ("2026-07-01", "02:30 -15:00", "Type one from -14:00 to +14:00"),
        ("2026-07-01", "02:30 +01:60", "“+01:60” is no distance from UTC."),
    ],
)
def test_what_cannot_be_read_is_explained(date, time, sentence):
    with pytest.raises(ValidationError) as caught:
        read(date, time)
    assert sentence in str(caught.value.messages)


@pytest.mark.parametrize(
    ("date", "time", "zone"),
    [
        ("9999-12-31", "23:59 EST", "America/New_York"),
        ("0001-01-01", "00:00 LMT", "Europe/Athens"),
    ],
)
def test_the_ends_of_the_calendar_are_left_to_the_bounds(date, time, zone):
    moment = read(date, time, ZoneInfo(zone))
    assert f"{moment:%m-%d %H:%M}" == f"{date[5:]} {time[:5]}"


def test_a_moment_is_shown_with_its_zone_and_which_of_two_it_is():
    assert in_zone(FIRST, BERLIN) == "Sunday, 25 October 2026, 02:30 (Berlin, CEST)"
    assert in_zone(SECOND, BERLIN) == "Sunday, 25 October 2026, 02:30 (Berlin, CET)"
    assert in_zone(None, ATHENS) == "–"


@pytest.mark.django_db
def test_a_deadline_in_the_repeated_hour_is_set_and_stays(signed_in):
    competition = CompetitionFactory(
        time_zone="Europe/Berlin", opens_at=FIRST - timedelta(days=9)
    )
    client = signed_in(organizer_of(competition))
    day = {"closes_at_0": "2026-10-25"}
    form = filled(client.get(address(competition)), **day, closes_at_1="02:30")
    answer = client.post(address(competition), form)
    assert "comes twice" in complaints(answer)["closes_at"][0]
    form = filled(answer, closes_at_1="02:30 CET")
    assert client.post(address(competition), form).status_code == 302
    assert Competition.objects.get().closes_at == SECOND
    page = client.get(address(competition))
    assert 'value="02:30:00 +01:00"' in page.content.decode()
    assert client.post(address(competition), filled(page)).status_code == 302
    assert Competition.objects.get().closes_at == SECOND


@pytest.mark.django_db
def test_the_clock_of_the_deadline_page_goes_by_the_competitions_zone(signed_in):
    """The button “Now” of Django's desk adds this offset, in seconds."""
    competition = CompetitionFactory(state="open", time_zone="Asia/Tokyo")
    client = signed_in(organizer_of(competition))
    verb = reverse(
        "admin:competitions_competition_do", args=[competition.pk, "extend-deadline"]
    )
    page = client.get(verb).content.decode()
    assert f'data-admin-utc-offset="{9 * 3600}"' in page
    assert "In the time zone Asia/Tokyo." in page
    now = deadline_text(competition.closes_at, ZoneInfo("Asia/Tokyo"))
    assert f"Later than the deadline now: {now}." in page


@pytest.mark.django_db
def test_a_campaigns_window_is_in_the_zone_that_its_sponsor_reads(signed_in):
    campaign = CampaignFactory(
        competition=CompetitionFactory(state="open", time_zone="Asia/Tokyo")
    )
    client = signed_in(organizer_of(campaign))
    page = client.get(address(campaign))
    assert page.content.decode().count("In the time zone Asia/Tokyo.") == 2
    local = campaign.starts_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert filled(page)["starts_at_1"] == f"{local:%H:%M:%S}"
    assert "(Tokyo, JST)" in client.get(address(campaign, "changelist")).text


@pytest.mark.django_db
def test_a_new_campaigns_window_is_in_the_zone_of_the_chosen_competition(signed_in):
    tokyo = CompetitionFactory(state="open", time_zone="Asia/Tokyo")
    sponsor = staff(Role.SPONSOR, tokyo.organization)
    client, add = signed_in(organizer_of(tokyo)), address(Campaign(), "add")
    # The only one need not be asked for.
    page = client.get(add)
    assert page.text.count("In the time zone Asia/Tokyo.") == 2
    assert f'data-admin-utc-offset="{9 * 3600}"' in page.text
    other = CompetitionFactory(organization=tokyo.organization, time_zone="Asia/Dubai")
    question = client.get(add)
    assert "In the time zone" not in question.text
    choices = question.context["form"].fields["competition"].queryset
    assert set(choices) == {tokyo, other}
    page = client.get(add, filled(question, competition=tokyo.pk))
    assert page.text.count("In the time zone Asia/Tokyo.") == 2
    form = page.context["adminform"].form
    assert list(form.fields["competition"].queryset) == [tokyo]
    words: dict[str, Any] = {"name": "Paper", "headline": "Paper", "alt_text": "Sheet"}
    window = {"starts_at_0": "2026-07-01", "starts_at_1": "09:00"}
    window |= {"ends_at_0": "2036-07-01", "ends_at_1": "09:00"}
    words |= {"sponsor": sponsor.pk, "target_url": "https://paper.example/"}
    sent = filled(page, **words, **window)
    assert client.post(f"{add}?competition={tokyo.pk}", sent).status_code == 302
    # A program names it in the form alone.
    sent |= {"competition": other.pk, "name": "Ink"}
    assert client.post(add, sent).status_code == 302
    starts = dict(Campaign.objects.values_list("name", "starts_at"))
    assert starts["Paper"] == datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
    assert starts["Ink"] == datetime(2026, 7, 1, 5, 0, tzinfo=UTC)
    # The page is of one competition, and so is what it sends.
    answer = client.post(f"{add}?competition={tokyo.pk}", sent)
    assert "competition" in complaints(answer)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "0", "Dusk", "9" * 40, "9" * 5000])
def test_a_competition_that_cannot_be_chosen_is_asked_for(signed_in, key):
    campaign, foreign = CampaignFactory(), CompetitionFactory()
    CompetitionFactory(organization=campaign.competition.organization)
    client = signed_in(organizer_of(campaign))
    for one in (key, foreign.pk):
        page = client.get(address(campaign, "add"), {"competition": one})
        assert page.status_code == 200
        assert page.context["form"].errors.keys() == {"competition"}
        assert foreign.title not in page.text
    assert (
        client.post(address(campaign, "add"), {"competition": key}).status_code == 200
    )


@pytest.mark.django_db
def test_lists_and_fixed_fields_name_the_zone(signed_in):
    competition = CompetitionFactory(state="open", time_zone="Asia/Tokyo")
    entry = SubmissionFactory(state=S.PENDING, competition=competition)
    client = signed_in(moderator_of(entry))
    arrived = in_zone(entry.arrived_at, ZoneInfo("Asia/Tokyo"))
    for what in ("changelist", "change"):
        assert arrived in client.get(address(entry, what)).content.decode()
    admin = signed_in(UserFactory(is_staff=True, is_superuser=True))
    assert "(UTC)" in admin.get(address(entry.participant)).content.decode()
    organizer = signed_in(organizer_of(competition))
    assert "(Tokyo, JST)" in organizer.get(address(competition)).text


# As Django writes dates and times by itself, and as programs do.
OTHER_STYLES = re.compile(
    r"[ap]\.m\.|noon|midnight|\d{4}-\d\d-\d\d \d|\d\d:\d\d \(\w+/|"
    r"(Jan|Feb|Sept|Oct|Nov|Dec)\. \d|(March|April|May|June|July|August) \d+, \d{4}"
)
WRITTEN = re.compile(r"\w+day, \d+ \w+ \d{4}, \d\d:\d\d(:\d\d)? \((Tokyo, JST|UTC)\)")


def words_of(page):
    """What a person reads on the page, without what stands in its forms."""
    assert page.status_code == 200, page.request["PATH_INFO"]
    tags = re.compile(r"<script.*?</script>|<[^>]*>", re.DOTALL)
    return unescape(tags.sub("\n", page.text))


@pytest.mark.django_db
def test_all_pages_write_moments_in_one_style(signed_in):
    competition = CompetitionFactory(state="open", time_zone="Asia/Tokyo")
    entry = SubmissionFactory(state=S.PENDING, competition=competition)
    campaign = CampaignFactory(competition=competition)
    export = ExportFactory(of=competition, by=organizer_of(competition))
    root = UserFactory(is_staff=True, is_superuser=True)
    for person, rows in (
        (organizer_of(competition), (competition, entry, campaign, export)),
        (root, (entry.participant, Mail.objects.create(to="a@example.org"))),
    ):
        client = signed_in(person)
        pages = [
            address(row, what)
            for row in rows
            for what in ("changelist", "change", "history")
        ]
        if person != root:
            for name, row in (
                ("competitions_competition_overview", competition),
                ("competitions_competition_people", competition),
                ("submissions_submission_review", entry),
            ):
                pages.append(reverse(f"admin:{name}", args=[row.pk]))
        for one in pages:
            text = words_of(client.get(one))
            found = OTHER_STYLES.search(text)
            assert not found, (one, text[found.start() - 60 : found.end() + 60])
            if "history" in one and "Written by the database" in text:
                assert WRITTEN.search(text), one
