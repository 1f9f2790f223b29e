"""People sign in while Valkey hangs, is full or is gone, and limits still hold."""

from __future__ import annotations

import os
import signal

import pytest
import redis
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from mycenas import account_settings as production
from mycenas.core.queue.publisher import redis_breaker
from tests.accounts.people import PASSWORD, known_person
from tests.protocol.test_hung_valkey import asked, valkey

__all__ = ["asked", "valkey"]

pytestmark = pytest.mark.django_db

FORMS = {
    "account_login": {"login": "ada@example.org", "password": PASSWORD},
    "account_signup": {"email": "b@example.org", "name": "B", "password1": PASSWORD},
    "account_reset_password": {"email": "ada@example.org"},
    "account_request_login_code": {"email": "ada@example.org"},
}


def hang(process, place):
    os.kill(process.pid, signal.SIGSTOP)


def stop(process, place):
    process.kill()
    process.wait()


def fill(process, place):
    with redis.Redis(unix_socket_path=str(place)) as client:
        client.config_set("maxmemory", 1)


@pytest.fixture
def site(valkey, settings):
    _process, place = valkey
    settings.ACCOUNT_RATE_LIMITS = production.ACCOUNT_RATE_LIMITS
    settings.CACHES = {
        name: {**cache, "LOCATION": f"unix://{place}?db=0", "KEY_PREFIX": str(place)}
        for name, cache in settings.CACHES.items()
    }
    yield
    for cache in caches.all():
        cache.close()


def post(page, **form):
    return Client().post(reverse(page), {**FORMS[page], **form}, REMOTE_ADDR="::1")


@pytest.mark.parametrize("page", FORMS)
@pytest.mark.parametrize("fail", [hang, stop, fill])
def test_account_pages_work_without_valkey(page, fail, valkey, site, asked, caplog):
    known_person()
    assert post(page).status_code == 302
    fail(*valkey)
    assert post(page, email="c@example.org").status_code == 302
    assert redis_breaker.is_open
    once = len(asked)
    assert post(page, email="d@example.org").status_code == 302
    assert len(asked) == once


@pytest.mark.parametrize("fail", [hang, stop, fill])
def test_limits_hold_without_valkey(fail, valkey, site, caplog):
    known_person()
    fail(*valkey)
    for _ in range(5):
        assert post("account_login", password="wrong").status_code == 200
    assert post("account_login").status_code == 200
    page = post("account_login").content.decode()
    assert "Too many wrong passwords" in page
