"""The receipt: whose it is, what it shows, and when it stops asking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.text import capfirst

from mycenas.accounts.models import STAFF_ROLES, Role
from submissions.receipts.views import OUTCOMES, poll_seconds, steps
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


SECRETS = ("Dusk at sea", "Made of light.", "A boat", "dusk.jpg", "Blurred.", "<img")
OFFERS = ("/withdraw/", ".webp", "/enter/")
READ_BY_ALL = (S.PENDING, S.APPROVED, S.REJECTED)


def private(entry):
    return (*SECRETS, *OFFERS, entry.participant.name, entry.participant.email)


def rejected():
    return SubmissionFactory(state=S.REJECTED, title="Dusk at sea")


@pytest.fixture
def people(signed_in, client):
    """Those who have only the address, by name."""
    return lambda entry: {
        "anonymous": client,
        "other": signed_in(UserFactory()),
        "staff elsewhere": signed_in(staff(Role.MODERATOR, OrganizationFactory())),
        "juror": signed_in(staff(Role.JUROR, entry.competition.organization)),
    }


@pytest.mark.parametrize("state", S)
def test_everybody_with_the_address_reads_what_is_public(people, state):
    """Without signing in, in every state; signed in, in the states read most."""
    entry = SubmissionFactory(state=state, title="Dusk at sea")
    for name, client in people(entry).items():
        if name == "juror" and Role.JUROR in STAFF_ROLES:
            continue
        if name != "anonymous" and state not in READ_BY_ALL:
            continue
        for address in pages(entry)[:2]:
            page = client.get(address).content.decode()
            assert [word for word in private(entry) if word in page] == [], name
        page = client.get(entry.receipt_url).content.decode()
        for known in (entry.public_id, entry.sha256, entry.competition.title):
            assert not known or known in page
        assert f"{entry.arrived_at:%H:%M:%S}" in page
        assert capfirst(entry.get_state_display()) in page
        assert ("hx-trigger" in page) is (state in POLLED)


def test_programs_read_what_is_public(people, signed_in):
    entry = rejected()
    for client in people(entry).values():
        facts = client.get(entry.receipt_url, headers=JSON).json()
        assert set(facts) == {
            "token", "reference", "receipt_url", "receipt_jws_url", "competition",
            "state", "arrived_at", "received_at", "size", "sha256",
        }  # fmt: skip
        assert (facts["state"], facts["sha256"]) == ("rejected", entry.sha256)
        assert client.get(facts["receipt_jws_url"]).status_code == 200


def test_artist_and_moderators_read_everything(signed_in):
    entry = rejected()
    for person in (entry.participant, moderator_of(entry)):
        client = signed_in(person)
        page = client.get(entry.receipt_url).content.decode()
        for word in ("Dusk at sea", "dusk.jpg", "Blurred.", entry.participant.name):
            assert word in page
        facts = client.get(entry.receipt_url, headers=JSON).json()
        assert (facts["title"], facts["reason"]) == ("Dusk at sea", "Blurred.")


def test_a_receipt_is_neither_indexed_nor_passed_on(people, signed_in):
    entry = rejected()
    signed = reverse("submissions:receipt_jws", args=[entry.token])
    for client in (*people(entry).values(), signed_in(entry.participant)):
        for address in (*pages(entry)[:2], signed):
            for headers in ({}, JSON):
                answer = client.get(address, headers=headers)
                assert answer["X-Robots-Tag"] == "noindex"
                assert answer["Referrer-Policy"] == "no-referrer"
                assert {"no-store", "private"} <= set(
                    answer["Cache-Control"].split(", ")
                )


def test_a_page_without_a_session_goes_on_polling_and_leads_to_the_sign_in(client):
    entry = SubmissionFactory(state=S.RECEIVED)
    address = reverse("submissions:receipt_status", args=[entry.token])
    answer = client.get(address, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<html" not in page
    assert f'{reverse("account_login")}?next={entry.receipt_url}"' in page


def test_the_token_gives_no_right_besides_reading(people):
    entry = SubmissionFactory(title="Dusk at sea")
    form = reverse("submissions:enter", args=[entry.competition.slug])
    withdraw = reverse("submissions:withdraw", args=[entry.token])
    upload = reverse("submissions:upload", args=[entry.token])
    for name, client in people(entry).items():
        refused = (302, 401) if name == "anonymous" else (404,)
        page = client.get(f"{form}?ticket={entry.token}")
        assert "Dusk at sea" not in page.content.decode()
        assert client.get(withdraw).status_code in refused
        assert client.post(withdraw).status_code in refused
        body = b"\xff\xd8\xff\xe0"
        sent = client.put(upload, body, content_type="image/jpeg")
        assert sent.status_code == 404, name
        sent = client.post(
            form, {"ticket": entry.token, "file": SimpleUploadedFile("a.jpg", body)}
        )
        assert sent.status_code >= 300
    entry.refresh_from_db()
    assert entry.state == S.RESERVED


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
    for ask in (client.get, client.post):
        again = ask(address, follow=True)
        assert again.redirect_chain == [(entry.receipt_url, 302)]
    entry.refresh_from_db()
    assert entry.state == S.WITHDRAWN


def test_withdrawing_what_cannot_be_withdrawn_is_one_sentence(signed_in):
    entry = SubmissionFactory(state=S.REJECTED)
    address = reverse("submissions:withdraw", args=[entry.token])
    answer = signed_in(entry.participant).post(address)
    assert answer.status_code == 409
    assert "This cannot go from" in answer.content.decode()


def test_strangers_who_would_withdraw_are_asked_to_sign_in(client):
    entry = SubmissionFactory()
    address = reverse("submissions:withdraw", args=[entry.token])
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    answer = client.get(address, headers=JSON)
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
