"""What the receipt page offers to keep."""

from __future__ import annotations

import json
import re
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from mycenas.core.queue.mail import worded
from mycenas.core.templatetags.ui import exact_moment, qr_code
from submissions.models import Submission
from tests.submissions.receipts.conftest import ticket

pytestmark = pytest.mark.django_db

JSON = {"accept": "application/json"}


def test_the_page_offers_the_signed_receipt_and_its_address(entry, signed_in):
    page = signed_in(entry.participant).get(entry.receipt_url).content.decode()
    for link in (
        reverse("submissions:receipt_jws", args=[entry.token]),
        reverse("submissions:verify"),
        entry.ledger_url,
        reverse("competitions:calendar", args=[entry.competition.slug]),
    ):
        assert f'href="{link}"' in page
    assert f'data-copy="http://testserver{entry.receipt_url}"' in page
    assert qr_code(f"http://testserver{entry.receipt_url}") in page


def test_the_page_and_the_mail_give_the_arrival_with_its_seconds(entry, signed_in):
    page = signed_in(entry.participant).get(entry.receipt_url).text
    facts = {"submission": entry, "competition": entry.competition}
    _subject, mail = worded("submissions/received", facts)
    for zone in ("UTC", entry.competition.zone):
        written = exact_moment(entry.arrived_at, zone)
        assert f"{entry.arrived_at:%M:%S} (" in written
        iso = entry.arrived_at.astimezone(ZoneInfo(str(zone))).isoformat(
            timespec="seconds"
        )
        assert f'<time datetime="{iso}">{written}</time>' in page
        assert written in mail


def test_a_ticket_has_nothing_to_sign_yet(entry, signed_in):
    waiting = ticket(entry.competition, entry.participant)
    client = signed_in(entry.participant)
    page = client.get(waiting.receipt_url).content.decode()
    assert "receipt.jws" not in page
    facts = json.loads(client.get(waiting.receipt_url, headers=JSON).content)
    assert facts["receipt_jws_url"] is None


def test_programs_are_told_where_it_is(entry, signed_in):
    client = signed_in(entry.participant)
    facts = json.loads(client.get(entry.receipt_url, headers=JSON).content)
    assert (
        facts["receipt_jws_url"] == f"http://testserver{entry.receipt_url}receipt.jws"
    )
    assert client.get(facts["receipt_jws_url"]).status_code == 200


def test_a_qr_code_keeps_the_policy(entry: Submission):
    svg = qr_code("https://art.example.org/receipts/x/")
    assert svg.startswith("<svg")
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script", svg)
    assert "<title>" in svg
