"""Limits go by the client's address, and never by the account alone."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import hashers
from django.test import Client
from django.urls import reverse

from mycenas import account_settings as production
from mycenas.accounts.models import User
from mycenas.core.models import Mail
from tests.accounts.people import PASSWORD, known_person

pytestmark = pytest.mark.django_db

PROXY = "10.0.0.1"


@pytest.fixture(autouse=True)
def limits(settings, nothing_counted):
    """The limits of a real site, and nothing counted yet."""
    settings.ACCOUNT_RATE_LIMITS = production.ACCOUNT_RATE_LIMITS


def try_password(address, password=PASSWORD, email="ada@example.org", **more):
    more = {"REMOTE_ADDR": address, **more}
    form = {"login": email, "password": password}
    return Client().post(reverse("account_login"), form, **more)


def test_wrong_passwords_from_elsewhere_lock_nobody_out():
    known_person()
    for number in range(12):
        try_password("198.51.100.1", f"wrong {number}")
    assert try_password("198.51.100.1").status_code != 302
    assert try_password("203.0.113.9").status_code == 302


def test_an_account_guessed_at_from_everywhere_stays_open_to_its_owner():
    known_person()
    for number in range(60):
        try_password(f"198.51.100.{number}", "wrong")
    assert try_password("203.0.113.9", "mistyped").status_code == 200
    assert try_password("203.0.113.9").status_code == 200
    assert try_password("203.0.113.10").status_code == 302


def test_visitors_behind_a_proxy_are_told_apart(settings):
    settings.TRUSTED_PROXIES = [PROXY]
    known_person()
    for number in range(12):
        forwarded = f"6.6.6.6, 198.51.100.{number}"
        try_password(PROXY, "wrong", HTTP_X_FORWARDED_FOR=forwarded)
    for number in range(40):
        forwarded = f"203.0.113.{number}"
        answer = try_password(PROXY, HTTP_X_FORWARDED_FOR=forwarded)
        assert answer.status_code == 302


def test_one_visitor_stays_one_whatever_the_headers_say(settings):
    settings.TRUSTED_PROXIES = [PROXY]
    known_person()
    for number in range(12):
        forwarded = f"203.0.113.{number}"
        try_password("198.51.100.1", "wrong", HTTP_X_FORWARDED_FOR=forwarded)
        try_password(PROXY, "wrong", HTTP_X_FORWARDED_FOR=f"{forwarded}, 198.51.100.2")
    assert try_password("198.51.100.1").status_code == 200
    behind = try_password(PROXY, HTTP_X_FORWARDED_FOR="9.9.9.9, 198.51.100.2")
    assert behind.status_code == 200


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("account_reset_password", {"email": "ada@example.org"}),
        ("account_request_login_code", {"email": "ada@example.org"}),
        (
            "account_signup",
            {"email": "ada@example.org", "name": "Ada", "password1": PASSWORD},
        ),
    ],
)
def test_mail_for_an_account_cannot_be_used_up_by_others(page, form):
    known_person()

    def ask(address):
        return Client().post(reverse(page), form, REMOTE_ADDR=address).status_code

    asked = [ask("198.51.100.1") for _ in range(7)]
    assert asked == [302] * 5 + [429] * 2
    assert Mail.objects.count() == 5
    assert ask("203.0.113.9") == 302


def ask_for_a_reset(times):
    for _ in range(times):
        client = Client()
        client.post(reverse("account_reset_password"), {"email": "ada@example.org"})


def test_a_password_that_was_reset_is_noticed_however_many_mails_went_before(client):
    person = known_person()
    ask_for_a_reset(5)
    body = Mail.objects.latest("pk").body
    (link,) = re.findall(r"/accounts/password/reset/key/\S+", body)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    new = {"password1": "another long walk", "password2": "another long walk"}
    assert client.post(form, new).status_code == 302
    assert User.objects.get(pk=person.pk).check_password("another long walk")
    assert Mail.objects.count() == 6
    assert Mail.objects.latest("pk").subject == "Your password was changed"


def test_no_account_is_made_whose_mail_is_refused(client):
    ask_for_a_reset(5)
    form = {"email": "ada@example.org", "name": "Ada", "password1": PASSWORD}
    assert client.post(reverse("account_signup"), form).status_code == 429
    assert not User.objects.filter(email="ada@example.org").exists()


@pytest.fixture
def hashed(monkeypatch):
    """Every password that was hashed."""
    seen: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def count(hasher, password, salt):
        seen.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", count)
    return seen


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("account_signup", {"name": "Ada", "password1": PASSWORD}),
        ("account_reset_password", {}),
        ("account_request_login_code", {}),
    ],
)
def test_a_page_does_the_same_work_for_known_and_unknown_addresses(
    page, form, hashed, mailoutbox
):
    known_person()
    seen = []
    for email in ("ada@example.org", "unknown@example.org"):
        hashed.clear()
        known = Mail.objects.count()
        client = Client()
        answer = client.post(reverse(page), {**form, "email": email}, follow=True)
        words = answer.content.decode().replace(email, "")
        written = Mail.objects.count() - known
        seen.append((len(hashed), written, answer.redirect_chain))
        assert "unknown@" not in words
    assert seen[0] == seen[1]
    assert seen[0][1] == 1
    assert not mailoutbox


def test_a_wrong_password_costs_the_same_for_known_and_unknown(hashed):
    known_person()
    counts = []
    for email in ("ada@example.org", "unknown@example.org"):
        hashed.clear()
        try_password("198.51.100.1", "wrong", email)
        counts.append(len(hashed))
    assert counts[0] == counts[1]
    assert not User.objects.filter(email="unknown@example.org").exists()
