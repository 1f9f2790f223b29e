"""The words of a form that is sent after the session ended come back."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.core.models import Mail
from mycenas.staff import kept_words
from mycenas.staff.exports.models import Export
from mycenas.staff.form_owners import KEPT
from submissions.review import workflow as review
from submissions.review.claims import workflow as claims
from submissions.states import SubmissionState as S
from tests.accounts.factor_data import passkey
from tests.accounts.people import PASSWORD, known_person
from tests.ended_sessions import end_session, with_form_of
from tests.factories import (
    CategoryFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    moderator_of,
    organizer_of,
)
from tests.form_data import complaints, filled
from tests.staff.test_saving import address
from tests.submissions.review.test_appeals import rejected

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_counted")]


def path(name, *args):
    return reverse(f"admin:{name}", args=args)


def sign_in(client, person):
    """Through the session that the browser has now."""
    client.force_login(person)


def test_a_change_form_comes_back_with_its_words_and_can_be_saved(signed_in):
    competition = CompetitionFactory(title="Old")
    CategoryFactory(competition=competition, slug="a", name="A")
    organizer = organizer_of(competition)
    client, page = signed_in(organizer), address(competition)
    form = filled(client.get(page), title="Typed for an hour")
    (row,) = [name for name in form if name.endswith("-0-name") and "categor" in name]
    form[row] = "Another name"
    end_session(client)
    answer = client.post(page, form, follow=True)
    assert "Your session had ended" in answer.text
    assert "come back with" not in client.get(reverse("account_login")).text
    sign_in(client, organizer)
    shown = client.get(page)
    assert "nothing was saved" in complaints(shown)["__all__"][0]
    assert Competition.objects.get().title == "Old"
    assert 'value="Typed for an hour"' in shown.text
    assert 'value="Another name"' in shown.text
    assert client.post(page, filled(shown)).status_code == 302
    assert Competition.objects.get().title == "Typed for an hour"
    assert competition.categories.get().name == "Another name"
    assert 'value="Typed for an hour"' in client.get(page).text
    assert "had ended" not in client.get(page).text


def test_the_sign_in_page_leads_back_to_the_words():
    person = known_person("ada@example.org")
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    page = path("accounts_organization_add")
    client = with_form_of(person, page)
    asked = client.post(page, {"name": "Typed before", "slug": "typed"}, follow=True)
    form = filled(asked, login=person.email, password=PASSWORD)
    assert form["next"] == page
    answer = client.post(asked.request["PATH_INFO"], form, follow=True)
    assert answer.request["PATH_INFO"] == page
    assert 'value="Typed before"' in answer.text


def test_a_reason_for_a_verb_comes_back_and_nothing_is_done(signed_in):
    competition = CompetitionFactory(state="open")
    organizer = organizer_of(competition)
    client = signed_in(organizer)
    page = path("competitions_competition_do", competition.pk, "cancel")
    form = filled(client.get(page), reason="The hall has burnt down.")
    end_session(client)
    client.post(page, form)
    sign_in(client, organizer)
    shown = client.get(page)
    assert "The hall has burnt down." in shown.text
    assert "nothing was saved" in shown.text
    assert Competition.objects.get().cancelled_at is None
    client.post(page, filled(shown))
    assert Competition.objects.get().cancel_reason == "The hall has burnt down."


def test_a_reason_for_many_rows_comes_back_and_nothing_is_done(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    moderator = moderator_of(entry)
    client, page = signed_in(moderator), path("submissions_submission_changelist")
    form = {
        "action": "reject_selected",
        "confirmed": "reject_selected",
        "_selected_action": [entry.pk],
        "code": "-",
        "note": "Blurred, all of it.",
    }
    client.get(page)
    end_session(client)
    client.post(page, form)
    sign_in(client, moderator)
    shown = client.get(page)
    assert "Blurred, all of it." in shown.text
    entry.refresh_from_db()
    assert entry.state == S.PENDING
    read = client.post(page, filled(shown))
    client.post(page, filled(read))
    entry.refresh_from_db()
    assert (entry.state, entry.decision_reason) == (S.REJECTED, "Blurred, all of it.")


def test_a_form_of_another_tab_with_an_outdated_token_comes_back():
    competition = CompetitionFactory(title="Old")
    organizer, page = organizer_of(competition), address(competition)
    client = Client(enforce_csrf_checks=True)
    sign_in(client, organizer)
    shown = client.get(page)
    form = filled(shown, title="Of the other tab")
    form["csrfmiddlewaretoken"] = str(shown.context["csrf_token"])
    client.cookies["csrftoken"] = "x" * 32
    ours, theirs = "http://testserver", "https://evil.example"
    for headers in (
        {"origin": theirs},
        {"origin": "null", "referer": f"{ours}/"},
        {"origin": theirs, "referer": f"{ours}/"},
        {"referer": f"{theirs}/"},
        {},
    ):
        assert client.post(page, form, headers=headers).status_code == 403
        assert "Of the other tab" not in client.get(page).text
    for headers in ({"origin": ours}, {"referer": f"{ours}{page}"}):
        answer = client.post(page, form, headers=headers)
        assert answer.status_code == 302
        assert 'value="Of the other tab"' in client.get(answer["Location"]).text
    assert Competition.objects.get().title == "Old"


def test_passwords_deletions_and_too_long_words_are_not_kept(client, monkeypatch):
    person = UserFactory(is_staff=True, is_superuser=True)
    with_form_of(person, path("accounts_user_add"), client)
    secret = {"email": "a@b.org", "password1": "secret-1", "password2": "secret-1"}
    client.post(path("accounts_user_add"), secret)
    assert "a@b.org" in str(dict(client.session))
    assert "secret-1" not in str(dict(client.session))
    end_session(client)
    for name in ("delete", "change"):
        page = path(f"accounts_user_{name}", person.pk)
        monkeypatch.setattr(kept_words, "MOST_KEPT", 10)
        client.post(page, {"post": "yes", "name": "more than ten letters"})
        assert KEPT not in client.session


def test_words_are_for_their_own_form_only(signed_in, client):
    mine, other = CompetitionFactory(title="Mine"), CompetitionFactory(title="Other")
    person = UserFactory(is_staff=True, is_superuser=True)
    with_form_of(person, address(mine), client)
    client.post(address(mine), {"title": "Typed"})
    assert KEPT in client.session
    sign_in(client, person)
    assert "Typed" not in client.get(address(other)).text
    assert client.post(reverse("admin:index")).status_code in (200, 405)


REVIEW = "submissions_submission_review"
QUEUE = "submissions_submission_queue"
NOTE = {"act": "reject", "code": "-", "note": "Blurred, all of it."}
CHANGES = {"act": "request", "reason": "Scan it larger.", "days": "9"}


@pytest.mark.parametrize("sent", [NOTE, CHANGES])
def test_words_in_the_queue_come_back_and_nothing_is_decided(signed_in, sent):
    entry = SubmissionFactory(state=S.PENDING)
    moderator = moderator_of(entry)
    client, page = signed_in(moderator), path(REVIEW, entry.pk)
    client.get(page)
    end_session(client)
    answer = client.post(page, sent, headers={"hx-request": "true"})
    assert reverse("account_login") in answer["HX-Redirect"]
    # The claim is not renewed, and that takes no words away.
    client.post(page, {"act": "renew"})
    sign_in(client, moderator)
    shown = client.get(page)
    typed = sent.get("note") or sent["reason"]
    assert f">\n{typed}</textarea>" in shown.text
    assert "nothing was saved" in shown.text
    entry.refresh_from_db()
    assert entry.state == S.PENDING
    assert not entry.permits.exists()
    client.post(page, filled(shown, act=sent["act"]))
    entry.refresh_from_db()
    assert (entry.state == S.REJECTED) == (sent is NOTE)
    assert entry.permits.exists() == (sent is CHANGES)
    assert "had ended" not in client.get(page).text


def test_a_reason_for_the_chosen_of_the_queue_comes_back(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    moderator = moderator_of(entry)
    client, page = signed_in(moderator), path(QUEUE)
    keys = {"_selected_action": [entry.pk]}
    form = filled(client.post(page, {"action": "reject_selected", **keys}))
    end_session(client)
    client.post(page, {**form, **keys, "code": "-", "note": "Blurred, all of it."})
    sign_in(client, moderator)
    shown = client.get(page)
    assert "Blurred, all of it." in shown.text
    entry.refresh_from_db()
    assert entry.state == S.PENDING
    client.post(page, filled(client.post(page, filled(shown))))
    entry.refresh_from_db()
    assert entry.decision_reason == "Blurred, all of it."


def test_an_appeal_comes_back_and_is_not_sent_twice(client):
    entry = rejected()
    page = reverse("submissions:appeal", args=[entry.token])
    with_form_of(entry.participant, page, client)
    answer = client.post(page, {"text": "The rules allow charcoal."})
    assert answer["Location"].startswith(reverse("account_login"))
    sign_in(client, entry.participant)
    shown = client.get(page)
    assert "The rules allow charcoal.</textarea>" in shown.text
    assert "nothing was saved" in shown.text
    assert not entry.appeals.exists()
    client.post(page, filled(shown))
    assert entry.appeals.get().text == "The rules allow charcoal."


def test_an_appeal_of_a_signed_in_artist_is_not_kept(client):
    entry = rejected()
    User.objects.filter(pk=entry.participant_id).update(is_staff=True)
    sign_in(client, User.objects.get(pk=entry.participant_id))
    page = reverse("submissions:appeal", args=[entry.token])
    client.post(page, {"text": "The rules allow charcoal."})
    assert entry.appeals.exists()
    assert KEPT not in client.session


@pytest.mark.parametrize("is_part", [False, True])
def test_an_outdated_token_loses_neither_a_note_nor_an_appeal(is_part):
    entry, waiting = rejected(), SubmissionFactory(state=S.PENDING)
    cases = (
        (reverse("submissions:appeal", args=[entry.token]), entry.participant, "text"),
        (path(REVIEW, waiting.pk), moderator_of(waiting), "note"),
    )
    headers = {"origin": "http://testserver"}
    if is_part:
        headers["hx-request"] = "true"
    for page, person, name in cases:
        client = Client(enforce_csrf_checks=True)
        sign_in(client, person)
        token = str(client.get(page).context["csrf_token"])
        client.cookies["csrftoken"] = "x" * 32
        form = {name: "Typed before.", "csrfmiddlewaretoken": token}
        answer = client.post(page, form, headers=headers)
        assert answer["HX-Redirect" if is_part else "Location"] == page
        assert "Typed before." in client.get(page).text


def test_the_choices_of_an_export_come_back(signed_in):
    organizer = organizer_of(CompetitionFactory())
    client, page = signed_in(organizer), path("exports_export_add")
    form = filled(client.get(page, {"kind": "entries"}), format="xlsx")
    end_session(client)
    client.post(page, form)
    sign_in(client, organizer)
    shown = client.get(page)
    assert "nothing was saved" in shown.text
    assert filled(shown)["format"] == "xlsx"
    assert not Export.objects.exists()


def test_the_rows_of_an_import_come_back_and_nothing_is_imported(signed_in):
    competition = CompetitionFactory(state="open")
    organizer, client = organizer_of(competition), Client()
    client.force_login(organizer)
    page = path("competitions_competition_import", competition.pk)
    file = SimpleUploadedFile("rows.csv", b"name,slug\nOil,oil\n")
    form = filled(client.post(page, {"kind": "categories", "file": file}))
    assert "Oil" in form["rows"]
    end_session(client)
    asked = client.post(page, form)
    assert asked["Location"].endswith(f"next={page}")
    sign_in(client, organizer)
    shown = client.get(page)
    assert "nothing was saved" in shown.text
    assert "Nothing is imported yet." in shown.text
    assert not competition.categories.exists()
    answer = client.post(page, filled(shown), follow=True)
    assert "Imported" in answer.text
    assert competition.categories.get().name == "Oil"


def test_the_file_of_an_import_is_chosen_again(signed_in, monkeypatch):
    competition = CompetitionFactory(state="open")
    organizer = organizer_of(competition)
    page = path("competitions_competition_import", competition.pk)
    file = SimpleUploadedFile("rows.csv", b"name,slug\nOil,oil\n")
    monkeypatch.setattr(kept_words, "MOST_KEPT", 1000)
    # As a file, and as rows of a preview that are too long to keep.
    for sent in (
        {"kind": "prizes", "file": file},
        {"kind": "prizes", "rows": "x" * 1000, "previewed": "x"},
    ):
        client = with_form_of(organizer, page)
        assert "Sign in: the form comes" in client.post(page, sent, follow=True).text
        sign_in(client, organizer)
        shown = client.get(page)
        assert "nothing was saved" in shown.text
        assert "Choose its file again." in shown.text
        assert shown.context["form"]["kind"].value() == "prizes"
        assert not shown.context["form"].errors


EMAIL = reverse("account_email")


def mails_to(address):
    return Mail.objects.filter(to=address).exists()


def test_a_typed_mail_address_comes_back_and_is_not_added(client):
    person = known_person("ada@example.org")
    with_form_of(person, EMAIL, client)
    answer = client.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    assert answer["Location"].startswith(reverse("account_login"))
    sign_in(client, person)
    shown = client.get(EMAIL)
    assert "nothing was saved" in shown.text
    assert 'value="new@example.org"' in shown.text
    assert not shown.context["form"].errors
    assert not mails_to("new@example.org")
    client.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    assert mails_to("new@example.org")
    assert "nothing was saved" not in client.get(EMAIL).text


def test_a_chosen_mail_address_comes_back_and_is_not_removed(client):
    person = known_person("ada@example.org")
    EmailAddress.objects.create(user=person, email="old@example.org")
    with_form_of(person, EMAIL, client)
    client.post(EMAIL, {"email": "old@example.org", "action_remove": ""})
    sign_in(client, person)
    shown = client.get(EMAIL)
    assert "nothing was saved" in shown.text
    checked = {
        one["emailaddress"].email: one["checked"]
        for one in shown.context["emailaddress_radios"]
    }
    assert checked == {"ada@example.org": False, "old@example.org": True}
    assert not shown.context["form"].is_bound
    assert EmailAddress.objects.filter(user=person).count() == 2


def test_the_name_of_a_passkey_comes_back(client):
    person = known_person("ada@example.org")
    key = Authenticator.objects.create(
        user=person, type="webauthn", data=passkey("Old")
    )
    page = reverse("mfa_edit_webauthn", args=[key.pk])
    # The new factor has ended all sessions.
    person.refresh_from_db()
    sign_in(client, person)
    client.get(reverse("account_reauthenticate"))
    end_session(client)
    client.post(page, {"name": "The blue one"})
    sign_in(client, person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    shown = client.get(page)
    assert 'value="The blue one"' in shown.text
    assert "nothing was saved" in shown.text
    key.refresh_from_db()
    assert key.data["name"] == "Old"


def test_a_refused_note_of_the_queue_stays_on_the_page(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    moderator, other = moderator_of(entry), moderator_of(entry)
    client, page = signed_in(moderator), path(REVIEW, entry.pk)
    claims.claim(entry, by=other)
    for sent in (NOTE, CHANGES):
        shown = client.post(page, sent)
        assert "Your words are not saved" in shown.text
        assert sent.get("note") or sent["reason"] in shown.text
    review.approve(entry, by=other)
    assert NOTE["note"] in client.post(page, NOTE).text


def test_a_refused_note_for_many_rows_stays_on_the_page(signed_in):
    entry = SubmissionFactory(state=S.PENDING)
    moderator, other = moderator_of(entry), moderator_of(entry)
    client, page = signed_in(moderator), path(QUEUE)
    form = {
        "action": "reject_selected",
        "confirmed": "reject_selected",
        "_selected_action": [entry.pk],
        "code": "-",
        "note": "Blurred, all of it.",
    }
    read = filled(client.post(page, form))
    claims.claim(entry, by=other)
    shown = client.post(page, read)
    assert f"{other} is deciding on this entry." in shown.text
    assert "Your words are not saved" in shown.text
    assert "Blurred, all of it." in shown.text
    review.approve(entry, by=other)
    shown = client.post(page, read)
    assert "This is not possible now; the state is “accepted”." in shown.text
    assert "Blurred, all of it." in shown.text
