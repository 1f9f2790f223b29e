"""The entry form behind the door, through the whole middleware.

The door is tested apart; here its word is put into the request as it would be.
"""

from __future__ import annotations

import pytest
from django.urls import reverse

from submissions.intake.handover import ENVIRON_KEY, Intake
from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.factories import (
    DAY,
    CategoryFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    staged,
    timezone,
    walk_competition,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]

FORM = {"title": "Dusk", "accept_rules": "on", "idempotency_key": "key-of-ada-1"}
JSON = {"accept": "application/json"}


@pytest.fixture
def competition():
    return CompetitionFactory(state="open")


@pytest.fixture
def ada(signed_in):
    person = UserFactory()
    client = signed_in(person)
    client.person = person
    return client


def address(competition):
    return reverse("submissions:enter", args=[competition.slug])


def complete(**facts):
    facts.setdefault("staged", staged())
    facts.setdefault("file_name", "dusk.jpg")
    return {ENVIRON_KEY: Intake(phase="complete", **facts)}


def begin(**facts):
    return {ENVIRON_KEY: Intake(phase="begin", **facts)}


def post(client, competition, intake, form=FORM, **extra):
    return client.post(address(competition), form, **intake, **extra)


# --- who


def test_strangers_are_asked_to_sign_in(client, competition):
    answer = client.get(address(competition))
    assert answer.status_code == 303
    assert answer["Location"].endswith(f"?next={address(competition)}")
    answer = client.post(address(competition), FORM, headers=JSON)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:mycenas:problem:sign_in"


def test_drafts_have_no_form(ada):
    assert ada.get(address(CompetitionFactory())).status_code == 404


# --- the form


def test_the_form_has_a_key_of_its_own(ada, competition):
    keys = {
        ada.get(address(competition)).context["form"]["idempotency_key"].value()
        for _ in range(2)
    }
    assert len(keys) == 2


def test_the_form_offers_the_competitions_categories(ada):
    competition = CompetitionFactory()
    own = CategoryFactory(competition=competition, name="Night")
    CategoryFactory(name="Foreign")
    walk_competition(competition, "open")
    page = ada.get(address(competition)).content.decode()
    assert "Night" in page
    assert "Foreign" not in page
    answer = post(ada, competition, complete(), {**FORM, "category": own.slug})
    assert answer.status_code == 303
    assert Submission.objects.get().category == own


def test_an_arrival_without_its_file_is_gone_on_with(ada, competition):
    ticket = SubmissionFactory(
        competition=competition, participant=ada.person, title="Half sent"
    )
    form = ada.get(address(competition)).context["form"]
    assert form["title"].value() == "Half sent"
    assert form["idempotency_key"].value() == ticket.idempotency_key


@pytest.mark.parametrize("state", ["moderation", "closed", "winner_announced"])
def test_a_competition_that_takes_nothing_says_so(ada, state):
    page = ada.get(address(contest(state)))
    assert page.context["takes_entries"] is False
    assert "does not take entries now" in page.content.decode()


def test_whoever_has_made_all_entries_is_told(ada):
    competition = CompetitionFactory(state="open", max_entries=1)
    SubmissionFactory(competition=competition, participant=ada.person, state=S.PENDING)
    page = ada.get(address(competition)).content.decode()
    assert "You have made your one entry here." in page


# --- begin: before the bytes


def test_words_that_are_complete_get_their_ticket_before_the_bytes(ada, competition):
    answer = post(ada, competition, begin())
    assert answer.status_code == 204
    assert answer["X-Mycenas-Max-Bytes"] == str(competition.max_bytes)
    assert Submission.objects.get().token == answer["X-Mycenas-Ticket"]


def test_words_that_follow_their_file_get_it_afterwards(ada, competition):
    answer = post(ada, competition, begin(), {"title": ""})
    assert answer.status_code == 204
    assert "X-Mycenas-Ticket" not in answer
    assert not Submission.objects.exists()


@pytest.mark.parametrize("form", [FORM, {}])
def test_no_bytes_for_a_competition_that_takes_none(ada, form):
    over = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    answer = post(ada, over, begin(), form)
    assert answer.status_code == 409
    assert "does not take entries now" in answer.content.decode()


# --- complete: all is here


def test_an_entry_is_acknowledged_with_its_receipt(ada, competition):
    answer = post(ada, competition, complete())
    entry = Submission.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, entry.receipt_url)
    assert (entry.state, entry.original_name) == (S.RECEIVED, "dusk.jpg")


def test_programs_get_the_acknowledgment_as_json(ada, competition):
    answer = post(ada, competition, complete(), headers=JSON)
    entry = Submission.objects.get()
    assert answer.status_code == 202
    said = answer.json()
    assert (said["token"], said["state"]) == (entry.token, "received")
    assert (said["size"], said["sha256"]) == (entry.size, entry.sha256)
    assert said["receipt_url"].endswith(entry.receipt_url)


def test_the_ticket_of_the_door_is_used(ada, competition):
    ticket = SubmissionFactory(competition=competition, participant=ada.person)
    post(ada, competition, complete(ticket=ticket.token))
    assert Submission.objects.get().pk == ticket.pk


def test_the_ticket_of_somebody_else_is_not(ada, competition):
    foreign = SubmissionFactory(competition=competition)
    post(ada, competition, complete(ticket=foreign.token))
    foreign.refresh_from_db()
    assert foreign.state == S.RESERVED
    assert Submission.objects.filter(participant=ada.person).count() == 1


def test_a_form_sent_twice_leads_to_one_receipt(ada, competition):
    file = b"\xff\xd8\xffthe same"
    answers = [post(ada, competition, complete(staged=staged(file))) for _ in "ab"]
    assert {a["Location"] for a in answers} == {Submission.objects.get().receipt_url}


def test_another_file_under_the_same_key_is_refused(ada, competition):
    post(ada, competition, complete())
    answer = post(ada, competition, complete(), headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith(":idempotency_key_reused")


def test_all_entries_made_is_one_sentence(ada):
    competition = CompetitionFactory(state="open", max_entries=1)
    post(ada, competition, complete())
    form = {**FORM, "idempotency_key": "another-key"}
    answer = post(ada, competition, complete(), form, headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("You have made as many entries")


FAULTS = [
    ({"staged": None}, 422, "Choose a picture"),
    ({"staged": None, "empty": True}, 422, "This file is empty (0 bytes)"),
    (
        {"staged": None, "too_large": True, "received_bytes": 60 * 1024 * 1024},
        413,
        "This file has 60.0",
    ),
]


@pytest.mark.parametrize(("facts", "status", "sentence"), FAULTS)
def test_a_file_at_fault_is_explained_and_the_words_are_kept(
    ada, competition, facts, status, sentence
):
    answer = post(ada, competition, complete(**facts))
    page = answer.content.decode()
    assert answer.status_code == status
    assert sentence in page
    assert 'value="Dusk"' in page
    assert not Submission.objects.filter(state=S.RECEIVED).exists()


def test_a_file_is_judged_by_its_content(ada, competition):
    text = staged(b"GIF89a not a photograph")
    intake = complete(staged=text, file_name="dusk.jpg")
    answer = post(ada, competition, intake, headers=JSON)
    assert answer.status_code == 422
    assert "“dusk.jpg” is not a JPEG" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "required"),
        ({"title": "x" * 161}, "at most 160 characters; this one has 161"),
        ({"description": "x" * 4001}, "at most 4000 characters; this one has 4001"),
        ({"alt_text": "x" * 501}, "at most 500 characters; this one has 501"),
        ({"accept_rules": ""}, "Accept the rules"),
        ({"idempotency_key": "short"}, "8 to 64"),
        ({"sha256": "ABC"}, "64 hexadecimal digits"),
    ],
)
def test_words_at_fault_are_explained(ada, competition, change, sentence):
    answer = post(ada, competition, complete(), {**FORM, **change}, headers=JSON)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert not Submission.objects.exists()


def test_a_damaged_file_is_refused(ada, competition):
    form = {**FORM, "sha256": "0" * 64}
    answer = post(ada, competition, complete(), form, headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith(":sha256_mismatch")


def test_without_the_door_there_is_no_file(ada, competition):
    """A form that reached Django by itself carries nothing to keep."""
    answer = ada.post(address(competition), FORM)
    assert answer.status_code == 422
    assert words().title == "Dusk"
