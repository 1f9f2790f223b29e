"""Sessions and the people behind them, found by prepared statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from mycenas.accounts.backends import BACKEND, SAME_AS_BACKEND, SessionStore
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ME = "/me/"


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def browser(person, client: Client) -> Client:
    client.force_login(person)
    return client


def test_a_session_names_its_person(browser, person):
    assert browser.get(ME).wsgi_request.user == person


@pytest.mark.parametrize("backend", SAME_AS_BACKEND)
def test_sessions_begun_with_another_backend_go_on(browser, person, backend):
    session = browser.session
    session[BACKEND_SESSION_KEY] = backend
    session.save()
    stored = Session.objects.get().get_decoded()
    assert stored[BACKEND_SESSION_KEY] == backend
    response = browser.get(ME)
    assert (response.status_code, response.wsgi_request.user) == (200, person)
    assert SessionStore(session.session_key).load()[BACKEND_SESSION_KEY] == BACKEND


def test_an_unknown_backend_signs_nobody_in(browser):
    session = browser.session
    session[BACKEND_SESSION_KEY] = "elsewhere.Backend"
    session.save()
    assert browser.get(ME).status_code == 302


def test_a_session_that_is_over_signs_nobody_in(browser):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert browser.get(ME).status_code == 302


def test_an_account_that_is_not_active_is_signed_out(browser, person):
    get_user_model().objects.filter(pk=person.pk).update(is_active=False)
    assert browser.get(ME).status_code == 302
