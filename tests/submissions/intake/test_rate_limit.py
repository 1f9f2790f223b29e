"""The rate limit of bytes on a real Valkey, and without it."""

from __future__ import annotations

import re

import pytest
from django.test import RequestFactory

from mycenas.uploads.rate_limit import LEAST_BYTES, network_of
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import CompetitionFactory, SubmissionFactory, UserFactory
from tests.forms import post_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

MEBIBYTE = 1024 * 1024
# In seconds; no such window ends while a test runs.
ERA = 10**9
JSON = {"accept": "application/json"}
HERE, THERE = "203.0.113.5", "198.51.100.7"


def begin(client, competition, number, size=MEBIBYTE, **extra):
    fields = {
        "title": f"Dusk {number}",
        "accept_rules": "on",
        "idempotency_key": f"key-number-{number}",
    }
    extra["REMOTE_ADDR"] = extra.pop("address", "127.0.0.1")
    return post_form(client, competition, fields, size=size, **extra)


@pytest.fixture
def competition():
    return CompetitionFactory(state="open", max_entries=50)


@pytest.fixture
def entered(signed_in, competition):
    """Somebody new in a browser, whose first entry was received already."""

    def come():
        person = UserFactory()
        SubmissionFactory(competition=competition, participant=person, state=S.RECEIVED)
        return signed_in(person)

    return come


# --- bytes are counted, not files


def test_the_bytes_of_a_participant_are_counted(signed_in, competition, settings):
    settings.PACE_PARTICIPANT = (10 * MEBIBYTE, ERA)
    client = signed_in(UserFactory())
    sizes = [4 * MEBIBYTE, 4 * MEBIBYTE, 4 * MEBIBYTE, 1]
    statuses = [
        begin(client, competition, n, size).status_code for n, size in enumerate(sizes)
    ]
    assert statuses == [204, 204, 204, 429]


def test_a_file_beyond_the_limit_is_possible_all_the_same(
    signed_in, competition, settings
):
    settings.PACE_PARTICIPANT = (MEBIBYTE, ERA)
    client = signed_in(UserFactory())
    assert begin(client, competition, 1, 900 * MEBIBYTE).status_code == 204
    assert begin(client, competition, 2, 1).status_code == 429


def test_tiny_files_weigh_a_mebibyte(signed_in, competition, settings):
    settings.PACE_PARTICIPANT = (3 * LEAST_BYTES, ERA)
    client = signed_in(UserFactory())
    statuses = [begin(client, competition, n, 1).status_code for n in range(4)]
    assert statuses == [204, 204, 204, 429]


def test_one_person_does_not_slow_another(signed_in, competition, settings):
    settings.PACE_PARTICIPANT = (MEBIBYTE, ERA)
    for _ in range(2):
        assert begin(signed_in(UserFactory()), competition, 1).status_code == 204


# --- networks


def test_neighbors_never_hold_back_a_first_entry(signed_in, competition, settings):
    settings.PACE_NETWORK = (MEBIBYTE, ERA)
    statuses = [
        begin(signed_in(UserFactory()), competition, 1, address=HERE).status_code
        for _ in range(40)
    ]
    assert statuses == [204] * 40


def test_a_network_has_a_pace_for_repeats(entered, signed_in, competition, settings):
    settings.PACE_NETWORK = (MEBIBYTE, ERA)
    statuses = [
        begin(entered(), competition, 1, address=address).status_code
        for address in (HERE, HERE, THERE)
    ]
    assert statuses == [204, 429, 204]
    newcomer = signed_in(UserFactory())
    assert begin(newcomer, competition, 1, address=HERE).status_code == 204


def test_first_entries_do_not_use_up_the_repeats(
    entered, signed_in, competition, settings
):
    settings.PACE_NETWORK = (MEBIBYTE, ERA)
    for _ in range(3):
        begin(signed_in(UserFactory()), competition, 1, address=HERE)
    assert begin(entered(), competition, 1, address=HERE).status_code == 204


def test_a_first_entry_is_one_to_this_competition(entered, competition, settings):
    settings.PACE_NETWORK = (MEBIBYTE, ERA)
    other = CompetitionFactory(state="open")
    begin(entered(), competition, 1, address=HERE)
    assert begin(entered(), other, 1, address=HERE).status_code == 204


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_a_network_is_an_address_or_what_a_household_gets(address, network):
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    assert network_of(request) == network


def test_a_network_is_told_by_trusted_proxies_only(settings):
    request = RequestFactory().get("/", REMOTE_ADDR=HERE)
    request.META["HTTP_X_FORWARDED_FOR"] = THERE
    assert network_of(request) == f"{HERE}/32"
    settings.TRUSTED_PROXIES = [HERE]
    assert network_of(request) == f"{THERE}/32"


# --- what is answered


@pytest.fixture
def hurried(signed_in, competition, settings):
    """A browser whose next file must wait."""
    settings.PACE_PARTICIPANT = (MEBIBYTE, ERA)
    client = signed_in(UserFactory())
    begin(client, competition, 1)
    return client


def test_the_page_keeps_words_and_arrival_and_goes_on_by_itself(hurried, competition):
    answer = begin(hurried, competition, 2)
    ticket = Submission.objects.get(title="Dusk 2")
    page = answer.content.decode()
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= ERA
    assert 'value="Dusk 2"' in page
    assert answer["Retry-After"] in page
    seconds, address = answer["Refresh"].split("; url=")
    assert seconds == answer["Retry-After"]
    form = hurried.get(address).context["form"]
    assert form["title"].value() == "Dusk 2"
    assert form["accept_rules"].value() is True
    assert form["idempotency_key"].value() == ticket.idempotency_key
    assert Submission.objects.get(title="Dusk 2").arrived_at == ticket.arrived_at


def test_the_page_has_no_field_to_lose_while_it_waits(hurried, competition):
    page = begin(hurried, competition, 2).content.decode()
    assert "<fieldset disabled>" in page
    assert 'type="file"' not in page


def test_programs_are_told_the_limit_in_bytes(hurried, competition):
    answer = begin(hurried, competition, 2, headers=JSON)
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:mycenas:problem:too_fast"
    assert "more than 1 MB within 1000000000 seconds" in answer.json()["detail"]
    assert answer.json()["arrived_at"]
    policy = f'"participant";q={MEBIBYTE};w={ERA};qu="content-bytes"'
    assert answer["RateLimit-Policy"] == policy
    assert re.fullmatch(r'"participant";r=0;t=[0-9]+', answer["RateLimit"])


# --- without Redis


def test_without_redis_a_process_paces_by_itself(
    ill_redis, signed_in, competition, settings
):
    settings.PACE_PARTICIPANT = (2 * MEBIBYTE, ERA)
    client = signed_in(UserFactory())
    statuses = [begin(client, competition, n).status_code for n in range(3)]
    assert statuses == [204, 204, 429]
    assert begin(signed_in(UserFactory()), competition, 1).status_code == 204
