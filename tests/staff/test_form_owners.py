"""Words that are kept for a person are shown to that person alone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mycenas.staff import form_owners
from tests.accounts.people import PASSWORD, known_person
from tests.ended_sessions import end_session, sign_out, with_form_of
from tests.factories import CompetitionFactory, UserFactory, organizer_of
from tests.form_data import filled
from tests.staff.test_saving import address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_counted")]


@pytest.mark.parametrize("ends", [end_session, sign_out])
def test_another_sign_in_drops_the_words_of_a_person(ends):
    competition = CompetitionFactory(title="Old")
    ada, eve = organizer_of(competition), known_person("eve@example.org")
    page, client = address(competition), Client()
    client.force_login(ada)
    form = filled(client.get(page), title="Words of Ada")
    ends(client)
    client.post(page, form)
    assert form_owners.KEPT in client.session
    login = client.get(reverse("account_login"))
    sent = filled(login, login=eve.email, password=PASSWORD)
    assert client.post(login.request["PATH_INFO"], sent).status_code == 302
    assert form_owners.KEPT not in client.session
    # Not even a role of that person, or coming back, would show them.
    client.session.flush()
    client.force_login(ada)
    assert "Words of Ada" not in client.get(page).text


def test_another_person_with_the_same_role_sees_no_words():
    competition = CompetitionFactory(title="Old")
    ada, ben = organizer_of(competition), UserFactory(is_staff=True, is_superuser=True)
    page = address(competition)
    client = with_form_of(ada, page)
    client.post(page, {"title": "Words of Ada"})
    assert form_owners.KEPT in client.session
    client.force_login(ben)
    assert "Words of Ada" not in client.get(page).text
    assert form_owners.KEPT not in client.session


def test_a_form_of_an_earlier_person_is_not_shown_to_the_one_signed_in():
    competition = CompetitionFactory(title="Old")
    ada, ben = organizer_of(competition), UserFactory(is_staff=True, is_superuser=True)
    page, client = address(competition), Client(enforce_csrf_checks=True)
    client.force_login(ada)
    token = str(client.get(page).context["csrf_token"])
    end_session(client)
    client.cookies["csrftoken"] = "x" * 32
    client.force_login(ben)
    client.get(page)
    form = {"title": "Words of Ada", "csrfmiddlewaretoken": token}
    origin = {"origin": "http://testserver"}
    assert client.post(page, form, headers=origin).status_code == 403
    assert "Words of Ada" not in client.get(page).text
    # Ada’s own form is still hers.
    end_session(client)
    client.force_login(ada)
    assert client.post(page, form, headers=origin).status_code == 302
    assert "Words of Ada" in client.get(page).text


@pytest.mark.parametrize("cookie", ["", "x-y", "a.b.c", "-"])
def test_words_of_unknown_people_are_not_kept(cookie):
    competition = CompetitionFactory(title="Old")
    organizer, page = organizer_of(competition), address(competition)
    client = with_form_of(organizer, page)
    client.cookies[form_owners.COOKIE] = cookie
    answer = client.post(page, {"title": "Typed"}, follow=True)
    assert "this browser has not stored whose form it was" in answer.text
    client.force_login(organizer)
    assert "Typed" not in client.get(page).text


def test_a_browser_knows_its_last_sign_ins_and_no_guests(monkeypatch):
    monkeypatch.setattr(form_owners, "MOST_SECRETS", 2)
    client, page = Client(), reverse("account_login")
    client.get(page)
    assert form_owners.COOKIE not in client.cookies
    people = [known_person(f"{name}@example.org") for name in ("a", "b", "c")]
    for person in people:
        client.cookies.pop("csrftoken", None)
        client.force_login(person)
        client.get(reverse("account_email"))
        end_session(client)
    known = client.cookies[form_owners.COOKIE]
    marks = known.value.split(".")
    assert [form_owners.is_of(mark, one) for mark in marks for one in people[1:]] == [
        True,
        False,
        False,
        True,
    ]
    assert (known["httponly"], known["samesite"]) == (True, "Lax")
