"""Codes of an authenticator app, and recovery codes."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from tests.accounts.factor_data import SECRET
from tests.accounts.people import PASSWORD, known_person

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
