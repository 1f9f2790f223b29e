"""The receipt: whose it is, what it shows, and when it stops asking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from mycenas.accounts.models import Role
from submissions.intake.receipts import OUTCOMES, poll_seconds, steps
from submissions.states import SubmissionState as S
from tests.factories import (
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    staff,
)

pytestmark = pytest.mark.django_db

JSON = {"accept": "application/json"}
POLLED = {S.RESERVED, S.RECEIVED, S.PROCESSING, S.PENDING}


def pages(entry):
    return [
        reverse(f"submissions:{name}", args=[entry.token])
        for name in ("receipt", "receipt_status", "withdraw")
    ]


def test_a_receipt_is_for_its_artist_and_their_moderators(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    elsewhere = staff(Role.MODERATOR, OrganizationFactory())
    for person, status in (
        (entry.participant, 200),
        (moderator_of(entry), 200),
        (UserFactory(), 404),
        (elsewhere, 404),
    ):
        answer = signed_in(person).get(entry.receipt_url)
        assert answer.status_code == status


def test_only_the_artist_withdraws(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    address = reverse("submissions:withdraw", args=[entry.token])
    for person in (UserFactory(), moderator_of(entry)):
        assert signed_in(person).get(address).status_code == 404
        assert signed_in(person).post(address).status_code == 404
    client = signed_in(entry.participant)
    assert client.get(address).status_code == 200
    answer = client.post(address, follow=True)
    assert "Your entry is withdrawn." in answer.content.decode()
    entry.refresh_from_db()
    assert entry.state == S.WITHDRAWN


def test_withdrawing_what_cannot_be_withdrawn_is_one_sentence(signed_in):
    entry = SubmissionFactory(state=S.REJECTED)
    address = reverse("submissions:withdraw", args=[entry.token])
    answer = signed_in(entry.participant).post(address)
    assert answer.status_code == 409
    assert "This cannot go from" in answer.content.decode()


def test_strangers_are_asked_to_sign_in(client):
    entry = SubmissionFactory()
    for address in pages(entry):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))
    answer = client.get(entry.receipt_url, headers=JSON)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "token", ["x", "a" * 31, "a" * 33, "a" * 31 + "%", "..", "a" * 32]
)
def test_a_token_that_is_none_leads_nowhere(signed_in, token):
    assert signed_in(UserFactory()).get(f"/receipts/{token}/").status_code == 404


@pytest.mark.parametrize("state", S)
def test_every_state_has_its_sentence_and_asks_only_while_it_may_change(
    signed_in, state
):
    entry = SubmissionFactory(state=state)
    client = signed_in(entry.participant)
    page = client.get(entry.receipt_url)
    assert str(OUTCOMES[state]) in page.content.decode()
    assert ("hx-trigger" in page.content.decode()) is (state in POLLED)
    address = reverse("submissions:receipt_status", args=[entry.token])
    assert client.get(address).status_code == (200 if state in POLLED else 286)


@pytest.mark.parametrize(
    ("state", "waited", "seconds"),
    [
        (S.RESERVED, 0, 5),
        (S.RECEIVED, 0, 2),
        (S.RECEIVED, 60, 15),
        (S.PROCESSING, 7, 2),
        (S.PROCESSING, 1200, 300),
        (S.PENDING, 60, 30),
        (S.PENDING, 90_000, 300),
        (S.APPROVED, 0, None),
    ],
)
def test_the_longer_nothing_happens_the_less_a_page_asks(state, waited, seconds):
    entry = SubmissionFactory(state=state)
    last = entry.processed_at or entry.received_at or entry.arrived_at
    assert poll_seconds(entry, last + timedelta(seconds=waited)) == seconds


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (S.RESERVED, ["done", "current", "todo", "todo"]),
        (S.RECEIVED, ["done", "done", "current", "todo"]),
        (S.PENDING, ["done", "done", "done", "current"]),
        (S.APPROVED, ["done", "done", "done", "done"]),
        (S.REJECTED, ["done", "done", "done", "done"]),
        (S.WITHDRAWN, ["done", "done", "done", "stopped"]),
        (S.EXPIRED, ["done", "stopped", "stopped", "stopped"]),
    ],
)
def test_the_steps_of_an_entry(state, expected):
    entry = SubmissionFactory(state=state)
    found = steps(entry)
    assert [step.status for step in found] == expected
    assert found[0].at == entry.arrived_at
    assert found[1].at == entry.received_at


def test_programs_get_the_facts(signed_in):
    entry = SubmissionFactory(state=S.REJECTED)
    facts = signed_in(entry.participant).get(entry.receipt_url, headers=JSON).json()
    assert (facts["token"], facts["state"]) == (entry.token, "rejected")
    assert (facts["size"], facts["sha256"]) == (entry.size, entry.sha256)
    assert (facts["reason"], facts["fault"]) == ("Blurred.", None)


def test_the_receipt_shows_what_was_acknowledged(signed_in):
    entry = SubmissionFactory(state=S.QUARANTINED)
    page = signed_in(entry.participant).get(entry.receipt_url).content.decode()
    assert entry.sha256 in page
    assert "The picture is damaged." in page


def test_what_is_final_offers_no_way_out(signed_in):
    entry = contest("winner_announced").submissions.get()
    page = signed_in(entry.participant).get(entry.receipt_url)
    assert page.context["can_withdraw"] is False


def test_nothing_of_a_receipt_is_cached(signed_in):
    entry = SubmissionFactory()
    for address in pages(entry):
        answer = signed_in(entry.participant).get(address)
        assert "no-store" in answer["Cache-Control"]
