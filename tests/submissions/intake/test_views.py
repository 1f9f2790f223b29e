"""The entry form, through the whole middleware; the gateway is tested apart."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from submissions.models import Submission
from submissions.states import SubmissionState as S
from tests.ended_sessions import with_form_of
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
)
from tests.forms import post_form

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


def post(client, competition, file=True, form=FORM, **extra):
    """With a picture, another staged file, or none (the gateway asks all the same)."""
    file = staged() if file is True else file
    return post_form(client, competition, form, file, **extra)


# --- who


def test_strangers_are_asked_to_sign_in(client, competition):
    answer = client.get(address(competition))
    assert answer.status_code == 303
    assert answer["Location"].endswith(f"?next={address(competition)}")
    answer = client.get(address(competition), {"replaces": "x"})
    assert answer["Location"].endswith(f"?next={address(competition)}%3Freplaces%3Dx")
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
    answer = post(ada, competition, True, {**FORM, "category": own.slug})
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


# --- after the session ended


def test_the_words_of_a_form_sent_too_late_come_back(ada, competition):
    person, page = ada.person, address(competition)
    with_form_of(person, page, ada)
    answer = post(ada, competition, True, FORM | {"description": "Typed for an hour"})
    assert answer.status_code == 303
    assert "Your session had ended" in ada.get(answer["Location"]).text
    ada.force_login(person)
    form = ada.get(page)
    assert 'value="Dusk"' in form.text
    assert "Typed for an hour" in form.text
    assert not Submission.objects.exists()
    assert "Typed for an hour" not in ada.get(page).text


def test_the_words_of_a_form_with_the_token_of_an_earlier_sign_in_come_back(
    ada, competition
):
    """Another tab has signed in again meanwhile, which makes a new token."""
    client, page = Client(enforce_csrf_checks=True), address(competition)
    client.force_login(ada.person)
    token = str(client.get(page).context["csrf_token"])
    client.cookies["csrftoken"] = "x" * 32
    form = FORM | {"csrfmiddlewaretoken": token, "description": "Typed before"}
    origin = {"HTTP_ORIGIN": "http://testserver"}
    answer = post(client, competition, True, form, **origin)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "Typed before" in client.get(page).text
    assert not Submission.objects.exists()


# --- before the bytes


def test_complete_fields_get_their_reservation_before_the_bytes(ada, competition):
    assert post(ada, competition, None).status_code == 204
    entry = Submission.objects.get()
    assert (entry.state, entry.title) == (S.RESERVED, "Dusk")


@pytest.mark.parametrize("form", [FORM, {}])
def test_no_bytes_for_a_competition_that_takes_none(ada, form):
    over = CompetitionFactory(state="open", closes_at=timezone.now() - DAY / 2)
    answer = post(ada, over, None, form)
    assert answer.status_code == 409
    assert "does not take entries now" in answer.content.decode()


# --- all is here


def test_an_entry_is_acknowledged_with_its_receipt(ada, competition):
    answer = post(ada, competition)
    entry = Submission.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, entry.receipt_url)
    assert (entry.state, entry.original_name) == (S.RECEIVED, "dusk.jpg")


def test_programs_get_the_acknowledgment_as_json(ada, competition):
    answer = post(ada, competition, True, headers=JSON)
    entry = Submission.objects.get()
    assert answer.status_code == 202
    said = answer.json()
    assert (said["token"], said["state"]) == (entry.token, "received")
    assert (said["size"], said["sha256"]) == (entry.size, entry.sha256)
    assert said["receipt_url"].endswith(entry.receipt_url)


def test_a_form_sent_twice_leads_to_one_receipt(ada, competition):
    file = b"\xff\xd8\xffthe same"
    answers = [post(ada, competition, staged(file)) for _ in "ab"]
    assert {a["Location"] for a in answers} == {Submission.objects.get().receipt_url}


def test_another_file_under_the_same_key_is_refused(ada, competition):
    post(ada, competition)
    answer = post(ada, competition, True, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith(":idempotency_key_reused")


def test_all_entries_made_is_one_sentence(ada):
    competition = CompetitionFactory(state="open", max_entries=1)
    post(ada, competition)
    form = {**FORM, "idempotency_key": "another-key"}
    answer = post(ada, competition, True, form, headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("You have made as many entries")


def test_a_file_is_judged_by_its_content(ada, competition):
    text = staged(b"GIF89a not a photograph")
    answer = post(ada, competition, text, headers=JSON)
    assert answer.status_code == 422
    assert "“dusk.jpg” is not a JPEG" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "Enter a title."),
        ({"title": "x" * 161}, "at most 160 characters; this one has 161"),
        ({"description": "x" * 4001}, "at most 4000 characters; this one has 4001"),
        ({"alt_text": "x" * 501}, "at most 500 characters; this one has 501"),
        ({"accept_rules": ""}, "Accept the rules"),
        ({"idempotency_key": "short"}, "8 to 64"),
        ({"sha256": "ABC"}, "64 hexadecimal digits"),
    ],
)
def test_words_at_fault_are_explained(ada, competition, change, sentence):
    answer = post(ada, competition, True, {**FORM, **change}, headers=JSON)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert not Submission.objects.exists()


def test_a_damaged_file_is_refused(ada, competition):
    form = {**FORM, "sha256": "0" * 64}
    answer = post(ada, competition, True, form, headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith(":sha256_mismatch")


def test_without_a_file_there_is_no_entry(ada, competition):
    """A form without a file part, or one that no gateway has read."""
    answer = ada.post(address(competition), FORM)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose a picture" in page
    assert 'value="Dusk"' in page
    assert not Submission.objects.exists()
