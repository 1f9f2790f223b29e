"""Pacing on a real Valkey; open when it is gone and when it hangs."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.test import RequestFactory
from django.urls import reverse

from mycenas.core.wake import redis_breaker
from submissions.intake.handover import ENVIRON_KEY, Intake
from submissions.intake.pace import _network, pace_of
from submissions.models import Submission
from tests.factories import CompetitionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

BEGIN = {ENVIRON_KEY: Intake(phase="begin")}


def begin(client, competition, number, **extra):
    form = {
        "title": f"Dusk {number}",
        "accept_rules": "on",
        "idempotency_key": f"key-number-{number}",
    }
    address = reverse("submissions:enter", args=[competition.slug])
    return client.post(address, form, **BEGIN, **extra)


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=50)


def test_whoever_is_too_fast_waits_and_keeps_text_and_arrival(
    signed_in, competition, settings
):
    settings.PACE_PARTICIPANT = "2/h"
    client = signed_in(UserFactory())
    assert [begin(client, competition, n).status_code for n in (1, 2)] == [204, 204]
    answer = begin(client, competition, 3)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 3600
    page = answer.content.decode()
    assert 'value="Dusk 3"' in page
    assert answer["Retry-After"] in page
    assert Submission.objects.filter(title="Dusk 3").exists()


def test_programs_are_told_the_limit_and_the_count(signed_in, competition, settings):
    settings.PACE_PARTICIPANT = "1/h"
    client = signed_in(UserFactory())
    begin(client, competition, 1)
    answer = begin(client, competition, 2, headers={"accept": "application/json"})
    assert answer.status_code == 429
    assert answer.json()["type"].endswith(":too_fast")
    assert (
        "You have sent 2 files in a short time; 1 are possible."
        in (answer.json()["detail"])
    )


def test_one_person_does_not_slow_another(signed_in, competition, settings):
    settings.PACE_PARTICIPANT = "1/h"
    for _ in range(2):
        assert begin(signed_in(UserFactory()), competition, 1).status_code == 204


def test_a_network_has_its_pace_too(signed_in, competition, settings):
    settings.PACE_NETWORK = "1/h"
    here, there = "203.0.113.5", "198.51.100.7"
    people = [signed_in(UserFactory()) for _ in range(3)]
    statuses = [
        begin(client, competition, 1, REMOTE_ADDR=address).status_code
        for client, address in zip(people, (here, here, there), strict=True)
    ]
    assert statuses == [204, 429, 204]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_a_network_is_an_address_or_what_a_household_gets(address, network):
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    assert _network("upload-network", request) == network


@pytest.fixture(params=["free_port", "silent_server"])
def ill_redis(request, settings):
    """Gone (nobody answers the call), or hung (the call is taken, and silence)."""
    port = request.getfixturevalue(request.param)
    default = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{port}/0"}
    settings.CACHES = {**settings.CACHES, "default": default}
    yield
    caches["default"].close()


def test_without_redis_everybody_may_go_on(
    ill_redis, signed_in, competition, settings, caplog
):
    settings.PACE_PARTICIPANT = "1/h"
    client = signed_in(UserFactory())
    for number in (1, 2, 3):
        assert begin(client, competition, number).status_code == 204
    assert redis_breaker.is_open


def test_an_ill_redis_is_asked_once(ill_redis, settings, caplog):
    request = RequestFactory().get("/")
    request.user = UserFactory()
    assert pace_of(request) is None
    asked = len(caplog.records)
    assert pace_of(request) is None
    assert len(caplog.records) == asked
