"""Requests that are not visits: nothing is counted at any address that counts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import counting
from campaigns.models import Click, Impression
from campaigns.states import CampaignState as C
from competitions.roles.models import CompetitionRole
from interactions.models import View
from mycenas.accounts.models import Role
from submissions.states import SubmissionState as S
from tests.factories import (
    CampaignFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    staff,
)

pytestmark = pytest.mark.django_db

NO_VISITS = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Purpose": "preview"},
    {"X-Moz": "prefetch"},
    {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    {"User-Agent": "facebookexternalhit/1.1"},
    {"User-Agent": "WhatsApp/2.23"},
    {"X-Sec-Purpose": "prefetch"},
    {"User-Agent": "curl/8.5.0"},
    {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120"},
    {"User-Agent": "Mozilla/5.0 (compatible; Pingdom.com_bot_version_1.4)"},
    {"User-Agent": "Mozilla/5.0 (Linux) Chrome/120 (compatible; GoogleOther)"},
    {"User-Agent": "Mozilla/5.0 (compatible;impact;)"},
    {"User-Agent": "Mozilla/5.0 (Unknown; Linux x86_64) PhantomJS/2.1.1 Safari"},
    {"User-Agent": "Mozilla/5.0 Mediapartners-Google"},
    {"User-Agent": "Mozilla/5.0 (Windows) Microsoft Outlook 16.0.17328"},
    {"User-Agent": "Mozilla/5.0 Chrome/99 Siteliner (+https://example.org)"},
    {"User-Agent": "Mozilla/5.0 (X11; Linux) Chrome/120 Safari/537.36 PTST/240101"},
    {"User-Agent": "Mozilla/5.0 Firefox/11.0 (via ggpht.com GoogleImageProxy)"},
    {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; en-US) WindowsPowerShell/5.1"},
    {"User-Agent": "Mozilla/5.0 (linux) AppleWebKit/537.36 jsdom/22.1.0"},
    {"User-Agent": "Mozilla/5.0 zgrab/0.x"},
    {"User-Agent": "Mozilla/5.0 okhttp/4.9"},
    {"User-Agent": "Mozilla/5.0 (KHTML, like Gecko; compatible; Claude-User/1.0)"},
    {"User-Agent": "Mozilla/5.0 (Windows; U) YahooMailProxy"},
    {"User-Agent": "Mozilla/5.0 Chrome/120 Safari/537.36 RuxitSynthetic/1.0"},
    {"User-Agent": "Mozilla/5.0 Chrome/120 Safari/537.36 vercel-screenshot"},
    {"User-Agent": "Mozilla/5.0 (X11; Linux) Chrome/99 (ada@example.org)"},
    {"User-Agent": "Mozilla/4.0 (compatible; MSIE 7.0; Trident/7.0; ms-office)"},
    {"User-Agent": "Mozilla/5.0 (compatible; MSIE 10.0) LinkCheck by Siteimprove.com"},
    {"User-Agent": "Mozilla/5.0 AppleWebKit/534.34 wkhtmltopdf Safari/534.34"},
    {"User-Agent": "Mozilla/5.0 Chrome/10.0 Safari/534.15 Zombie.js/6.1.4"},
    {"User-Agent": "Mozilla/5.0 (X11; rv:59.0) Gecko/20100101 SlimerJS/1.0"},
    {"User-Agent": "Mozilla/5.0 (X11; rv:18.0) Gecko Firefox/18.0 GomezAgent 3.0"},
    {"User-Agent": "Mozilla/5.0 AppleWebKit/537.36; Devin/1.0; +devin.ai"},
    {"User-Agent": "Mozilla/5.0 Chrome/131 Safari/537.36 Agent-NovaAct/0.9"},
    {"User-Agent": "Mozilla/5.0 Chrome/49 Safari/537.36 Google Favicon"},
    {"From": "robot(at)example.org"},
    {"Signature-Agent": '"https://agent.example"'},
    {"X-Requested-With": "XMLHttpRequest"},
    {"User-Agent": ""},
    {"Sec-CH-UA": '"Chromium";v="131", "HeadlessChrome";v="131"'},
    {"Sec-Purpose": "speculation;anonymous-client-ip"},
    {"Range": "bytes=0-0"},
    {"Service-Worker": "script"},
    {"Service-Worker-Navigation-Preload": "true"},
    {"Sec-Speculation-Tags": "null"},
    {"If-None-Match": '"x"'},
    {"If-Modified-Since": "Mon, 30 Nov 2026 00:00:00 GMT"},
    {"If-Match": "*"},
    {"If-Range": '"x"'},
    {"Content-Length": "1"},
    {"User-Agent": "Mozilla/5.0 AppleWebKit/534.34 PingdomTMS/0.8.5 Safari/534.34"},
    {"User-Agent": "Mozilla/5.0 Chrome/126 Safari/537.36 Ghost Inspector"},
    {"User-Agent": "Mozilla/5.0 Chrome/126 Safari/537.36 Apache-HttpClient/4.5"},
    {"User-Agent": "Mozilla/5.0 Chrome/126 Safari/537.36 Java/17"},
    {"Accept": "application/json"},
]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
IMAGE = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Dest": "image",
    "Sec-Fetch-Mode": "no-cors",
}
PAGE = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
}


@pytest.fixture
def client():
    return Client(headers={"User-Agent": FIREFOX})


@pytest.fixture
def addresses():
    entry = SubmissionFactory(state=S.APPROVED)
    signed = counting.new_showing(CampaignFactory(state=C.RUNNING)).signed()
    return [
        reverse("interactions:view", args=[entry.public_id]),
        reverse("campaigns:shown", args=[signed]),
        reverse("campaigns:go", args=[signed]),
    ]


def counted() -> list[int]:
    return [model.objects.count() for model in (View, Impression, Click)]


def test_early_loading_and_programs_do_not_count(client, addresses):
    for headers in NO_VISITS:
        for address in addresses:
            assert client.get(address, headers=headers).status_code in (200, 302)
        assert counted() == [0, 0, 0], headers


def test_head_does_not_count_and_a_person_does(client, addresses):
    for address in addresses:
        assert client.head(address).status_code in (200, 302)
    assert counted() == [0, 0, 0]
    for address in addresses:
        client.get(address)
    assert counted() == [1, 1, 1]


@pytest.mark.parametrize("shown_as", ["image", "empty", "iframe"])
def test_a_link_that_is_not_opened_is_no_click(client, addresses, shown_as):
    client.get(addresses[2], headers={"Sec-Fetch-Dest": shown_as})
    assert counted() == [0, 0, 0]
    client.get(addresses[2], headers={"Sec-Fetch-Dest": "document"})
    assert counted() == [0, 1, 1]  # who clicks has seen it


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "navigate"},
        {"Referer": "http://other.example/page"},
        {"Origin": "http://other.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Accept": "text/html,application/xhtml+xml"},
    ],
)
def test_a_picture_that_no_page_of_the_site_shows_counts_nothing(
    client, addresses, headers
):
    for address in addresses[:2]:
        assert client.get(address, headers={**IMAGE, **headers}).status_code == 200
    assert counted() == [0, 0, 0]
    own = {**IMAGE, "Referer": "http://testserver/competitions/"}
    for address in addresses[:2]:
        client.get(address, headers=own)
    assert counted() == [1, 1, 0]


@pytest.mark.parametrize(
    "way",
    [{"secure": True}, {"HTTP_HOST": "127.0.0.1:8000"}, {"HTTP_HOST": "localhost"}],
)
def test_where_browsers_say_what_they_fetch_silence_counts_nothing(
    client, addresses, settings, way
):
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
    for address in addresses:
        client.get(address, **way)
    assert counted() == [0, 0, 0]
    for address, said in zip(addresses, (IMAGE, IMAGE, PAGE), strict=True):
        client.get(address, headers=said, **way)
    assert counted() == [1, 1, 1]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_from_elsewhere_only_what_a_person_starts_is_a_click(client, addresses, site):
    by_itself = {**PAGE, "Sec-Fetch-Site": site}
    client.get(addresses[2], headers=by_itself)
    client.get(
        addresses[2],
        headers={**by_itself, "Sec-Fetch-User": "?1", "Sec-Fetch-Mode": "no-cors"},
    )
    assert counted() == [0, 0, 0]
    client.get(addresses[2], headers={**by_itself, "Sec-Fetch-User": "?1"})
    assert counted() == [0, 1, 1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Referer": "http://other.example/page"},
        {"Referer": "http://other.example/page", "Sec-Fetch-User": "?1"},
        {"Origin": "http://["},
        {"Origin": "http://testserver"},
    ],
)
@pytest.mark.parametrize("said", [PAGE, {}])
def test_a_click_from_elsewhere_that_claims_to_be_from_here_is_none(
    client, addresses, headers, said
):
    client.get(addresses[2], headers={**said, **headers})
    assert counted() == [0, 0, 0]
    own = {**said, "Referer": "http://testserver/competitions/"}
    client.get(addresses[2], headers=own)
    assert counted() == [0, 1, 1]


def test_an_app_that_shows_a_page_counts(client, addresses):
    """Android names the app around its browser."""
    for address in addresses:
        client.get(address, headers={"X-Requested-With": "org.example.app"})
    assert counted() == [1, 1, 1]


@pytest.mark.parametrize(
    "agent",
    [
        FIREFOX,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4) AppleWebKit/605.1 Safari/604.1",
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)",
        "Mozilla/5.0 (Linux; Android 13; CUBOT X70) Chrome/120 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 14; wv) Chrome/120 Mobile Instagram 310.0",
        "Mozilla/5.0 (iPhone; CPU OS 17_4) AppleWebKit/605.1 [FBAN/FBIOS;FBAV/450]",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 [Pinterest/iOS]",
        "Mozilla/5.0 (PlayStation; PlayStation 5/9.40) AppleWebKit/605.1.15 Safari",
        "Opera/9.80 (Android; Opera Mini/36.2) Presto/2.12 Version/12.16",
    ],
)
def test_browsers_count(client, addresses, agent):
    client.get(addresses[0], headers={"User-Agent": agent})
    assert counted() == [1, 0, 0]


def test_those_who_run_or_made_it_do_not_count(addresses):
    entry = SubmissionFactory(state=S.APPROVED)
    campaign = CampaignFactory(state=C.RUNNING)
    signed = counting.new_showing(campaign).signed()
    views = [reverse("interactions:view", args=[entry.public_id])]
    showings = [reverse(f"campaigns:{name}", args=[signed]) for name in ("shown", "go")]
    in_entry, in_campaign = entry.competition, campaign.competition
    jury = UserFactory()
    CompetitionRole.objects.create(user=jury, competition=in_campaign, role=Role.JUROR)
    for person, asked in [
        (entry.participant, views),
        (campaign.sponsor, showings),
        (moderator_of(entry), [*views, *addresses]),
        (staff(Role.JUROR, in_entry.organization), views),
        (staff(Role.SPONSOR, in_campaign.organization), showings),
        (jury, showings),
    ]:
        for address in asked:
            visit_as(person).get(address)
    assert counted() == [0, 0, 0]
    visit_as(jury).get(views[0])
    assert counted() == [1, 0, 0]


def visit_as(person) -> Client:
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(person)
    return client
