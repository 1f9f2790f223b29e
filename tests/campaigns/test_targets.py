"""Where campaigns lead: only where browsers go, through every way in."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError
from django.urls import reverse

from campaigns import counting
from campaigns import workflow as campaigning
from campaigns.models import Campaign, Click, Impression
from campaigns.states import CampaignState as C
from mycenas.accounts.models import Role
from mycenas.core.http.errors import ProblemError
from tests.database.tools import alter, raw, refused, rows
from tests.factories import CampaignFactory, organizer_of, staff
from tests.form_data import filled

pytestmark = pytest.mark.django_db

BAD = [
    "ftps://example.org/x",
    "javascript:alert(1)",
    "//example.org/",
    "http:/example.org",
    "https://[",
    "https://ada:secret@example.org/",
    "https://exämple.org/",
    "https://Example.org/",
    "https://example.org/ü",
    "https://example.org/a b",
    "https://example.org\\x",
    "https://example.org:99999/",
    "https://localhost/",
    "https://example.org:22/",
    "https://[2001:db8:0::1]/",
    f"https://{'a.' * 126}orgs/",
    "",
]


@pytest.mark.parametrize("address", BAD)
def test_postgresql_stores_no_other_address(address):
    campaign = CampaignFactory(state=C.DRAFT)
    sql = "UPDATE campaigns_campaign SET approved_at = now(), target_url = %s"
    by = f", approved_by_id = {organizer_of(campaign).pk}"
    assert refused(sql + by, [address]) == "campaign_leads_to_web_address"


@pytest.mark.parametrize("address", ["https://xn--a.org/", "https://xn--.org/"])
def test_a_name_that_means_nothing_is_found_when_it_matters(address):
    for state, act in (
        (C.DRAFT, campaigning.approve),
        (C.DRAFT, campaigning.schedule),
        (C.PAUSED, campaigning.resume),
    ):
        campaign = CampaignFactory(state=state)
        campaign.target_url = address
        with pytest.raises(ProblemError, match="an address that browsers open"):
            act(campaign, by=organizer_of(campaign))


def test_the_model_and_its_rows_agree():
    campaign = CampaignFactory(target_url="https://example.org/")
    campaign.target_url = "https://exämple.org/straße"
    campaign.full_clean()
    assert campaign.target_url == "https://xn--exmple-cua.org/stra%C3%9Fe"
    campaign.save()
    campaign.target_url = "ftps://example.org/"
    with pytest.raises(ValidationError):
        campaign.full_clean()
    with pytest.raises(IntegrityError):
        campaign.save()


def test_the_desk_stores_the_ascii_form_and_keeps_what_cannot_be(signed_in):
    campaign = CampaignFactory()
    client = signed_in(organizer_of(campaign))
    sponsor = staff(Role.SPONSOR, campaign.competition.organization)

    def changed(address):
        form = filled(client.get(page), sponsor=sponsor.pk, target_url=address)
        return client.post(page, form)

    page = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    refused = changed("ftps://example.org/x").content
    assert b"must begin with https:// or http://" in refused
    assert b'value="ftps://example.org/x"' in refused
    answer = changed("https://exämple.org/straße")
    assert answer.status_code == 302
    campaign.refresh_from_db()
    assert campaign.target_url == "https://xn--exmple-cua.org/stra%C3%9Fe"


# State before and after, of campaigns to a port that browsers block.
PORTS = (
    (C.DRAFT, C.DRAFT),
    (C.SCHEDULED, C.DRAFT),
    (C.RUNNING, C.ENDED),
    (C.ENDED, C.ENDED),
)


def test_the_upgrade_takes_out_ports_that_browsers_block():
    blocked = "https://example.org:22/"
    there = {CampaignFactory(state=old).pk: new for old, new in PORTS}
    fine = CampaignFactory(state=C.RUNNING)
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", "campaigns", "0015", verbosity=0)
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    guards = [
        name
        for (name,) in rows(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid = 'campaigns_campaign'::regclass"
        )
    ]
    alter("ALTER TABLE campaigns_campaign DISABLE TRIGGER USER")
    raw(
        "UPDATE campaigns_campaign SET target_url = %s WHERE id <> %s",
        [blocked, fine.pk],
    )
    for guard in guards:
        alter(f"ALTER TABLE campaigns_campaign ENABLE ALWAYS TRIGGER {guard}")
    call_command("migrate", "campaigns", verbosity=0)
    found = rows("SELECT id, state, target_url FROM campaigns_campaign")
    assert {key: (state, url) for key, state, url in found} == {
        **{k: (new, "" if new == C.DRAFT else blocked) for k, new in there.items()},
        fine.pk: (C.RUNNING, fine.target_url),
    }
    changed = rows(
        "SELECT row_id, reason FROM core_auditentry WHERE source ="
        " 'migrate campaigns.0016_ports_and_hosts'"
    )
    assert {row for row, _reason in changed} == set(list(there)[:3])
    assert all(reason for _row, reason in changed)


def test_a_click_on_what_no_browser_opens_does_not_count(client):
    campaign = CampaignFactory(state=C.RUNNING)
    showing = counting.new_showing(campaign)
    address = reverse("campaigns:go", args=[showing.signed()])
    alter("ALTER TABLE campaigns_campaign DISABLE TRIGGER campaign_ended_stays")
    campaign.move(C.ENDED, ended_at=campaign.starts_at)
    Campaign.objects.filter(pk=campaign.pk).update(target_url="ftps://example.org/")
    assert client.get(address).status_code == 404
    assert not Click.objects.exists()
    assert not Impression.objects.exists()


def upgrade_with(addresses: dict[int, str]) -> None:
    """Migrate from where campaigns, by key, lead to what was not refused then."""
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", "campaigns", "0005", verbosity=0)
    table = "ALTER TABLE campaigns_campaign"
    alter(f"{table} DISABLE TRIGGER campaign_approved_stays")
    for key, address in addresses.items():
        raw(f"UPDATE campaigns_campaign SET target_url = '{address}' WHERE id = {key}")
    alter(f"{table} ENABLE ALWAYS TRIGGER campaign_approved_stays")
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", "campaigns", verbosity=0)


# State, address before, and address after the upgrade.
KEPT = (
    (C.RUNNING, "https://exämple.org/ß", "https://xn--exmple-cua.org/%C3%9F"),
    (C.PAUSED, "https://ada:x@Example.org:0443/", "https://example.org:443/"),
    (C.DRAFT, "http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
    (C.ENDED, "ftps://example.org/", "ftps://example.org/"),
    (C.RUNNING, "https://paper.example/", "https://paper.example/"),
)
# State of a campaign with an address that nothing repairs, before and after.
LOST = (
    (C.DRAFT, (C.DRAFT, "")),
    (C.SCHEDULED, (C.DRAFT, "")),
    (C.RUNNING, (C.ENDED, "ftps://example.org/")),
    (C.PAUSED, (C.ENDED, "ftps://example.org/")),
)


def test_the_upgrade_repairs_addresses_or_takes_them_out():
    addresses: dict[int, str] = {}

    def led_to(address, state):
        addresses[key := CampaignFactory(state=state).pk] = address
        return key

    kept = {led_to(old, state): (state, new) for state, old, new in KEPT}
    lost = {led_to("ftps://example.org/", state): after for state, after in LOST}
    upgrade_with(addresses)
    found = rows("SELECT id, state, target_url FROM campaigns_campaign")
    assert {key: (state, url) for key, state, url in found} == {**kept, **lost}
    approved = Campaign.objects.exclude(approved_at=None).values_list("pk", flat=True)
    assert set(approved) & set(kept) == {
        key for key, (state, _url) in kept.items() if state != C.DRAFT
    }
    reasons = rows(
        "SELECT row_id, reason FROM core_auditentry WHERE source ="
        " 'migrate campaigns.0006_web_addresses'"
    )
    told = dict(reasons)
    assert set(told) == {*list(kept)[:3], *lost}
    assert all("No browser opens" in told[key] for key in lost)
    assert (
        refused(
            "UPDATE campaigns_campaign SET headline = 'x' WHERE id = %s",
            [next(iter(kept))],
        )
        == "campaign_approved_stays"
    )
