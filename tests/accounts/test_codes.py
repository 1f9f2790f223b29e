"""Codes of an authenticator app, and recovery codes."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from mycenas import account_settings as production
from tests.accounts.factor_data import SECRET
from tests.accounts.people import PASSWORD, known_person
from tests.accounts.test_passkey_answers import (
    CURVE,
    PRESENT,
    WITH_KEY,
    credential,
    made,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_counted")]

PERIOD = 30
PROVE = reverse("mfa_authenticate")


@pytest.fixture
def clock(monkeypatch):
    """The time by which codes are compared and forgotten, in seconds."""
    now = [float(time.time() // PERIOD * PERIOD)]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


@pytest.fixture
def person():
    return known_person()


def code_at(moment):
    return format_hotp_value(hotp_value(SECRET, int(moment) // PERIOD))


def asked(person):
    """A client whose password was right."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


def proves(person, code):
    return asked(person).post(PROVE, {"code": code}).status_code == 302


@pytest.mark.parametrize(
    ("periods", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_of_the_neighbouring_period_counts(person, clock, periods, counts):
    TOTP.activate(person, SECRET)
    assert proves(person, code_at(clock[0] + periods * PERIOD)) is counts


def test_a_code_counts_once_for_as_long_as_it_is_valid(person, clock, settings):
    # Forgets by the same clock.
    local = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {name: {"BACKEND": local} for name in settings.CACHES}
    TOTP.activate(person, SECRET)
    ahead = code_at(clock[0] + PERIOD)
    assert proves(person, ahead)
    for _half in range(5):
        assert not proves(person, ahead)
        clock[0] += PERIOD / 2
    clock[0] += PERIOD / 2 - 1
    assert not proves(person, ahead)
    assert proves(person, code_at(clock[0]))


def add_passkey(person):
    key = made(told(PRESENT | WITH_KEY, CURVE))
    client_data = b'{"type": "webauthn.create", "challenge": "", "origin": ""}'
    sent = credential(clientDataJSON=client_data, attestationObject=key)
    data = {"name": "Phone", "credential": sent}
    Authenticator.objects.create(user=person, type="webauthn", data=data)


def said(client, page=PROVE, **form):
    answer = client.post(page, form) if form else client.get(page)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_person_with_a_passkey_alone_is_asked_for_it_first(person):
    add_passkey(person)
    RecoveryCodes.activate(person)
    for page in (said(asked(person)), said(asked(person), code="1")):
        assert "authenticator app" not in page
        assert page.index("Use your passkey") < page.index("one of your recovery codes")


def test_a_person_is_offered_what_is_there(person):
    TOTP.activate(person, SECRET)
    page = said(asked(person))
    assert "authenticator app shows" in page
    assert "Use a passkey" not in page
    add_passkey(person)
    page = said(asked(person))
    assert page.index("authenticator app shows") < page.index("Use a passkey")


@pytest.mark.parametrize("has_app", [False, True])
def test_a_recovery_code_that_was_used_is_refused_as_used(person, has_app):
    add_passkey(person)
    if has_app:
        TOTP.activate(person, SECRET)
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    assert proves(person, code)
    page = said(asked(person), code=code)
    assert "was used already" in page
    assert ("your app" in page) is has_app


def test_a_locked_factor_does_not_speak_of_passwords(person, settings):
    settings.ACCOUNT_RATE_LIMITS = production.ACCOUNT_RATE_LIMITS
    TOTP.activate(person, SECRET)
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    client = asked(person)
    for _number in range(5):
        said(client, code="1")
    page = said(client, code=code)
    assert "right codes are refused as well" in page
    assert "password" not in page.partition("<main")[2]


def test_a_session_is_asked_again_for_what_its_person_has(person):
    add_passkey(person)
    RecoveryCodes.activate(person)
    client = Client()
    person.refresh_from_db()
    client.force_login(person)
    page = said(client, reverse("mfa_reauthenticate"))
    assert "one of your recovery codes" in page
    assert "Enter an authenticator code" not in page
