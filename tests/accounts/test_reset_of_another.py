"""A link that sets a password, opened while another person is signed in."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from mycenas.core.models import Mail
from tests.accounts.people import known_person
from tests.sessions import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_counted")]
NEW = "a-long-new-pass-4711"


def follow_link(client: Client, email: str):
    Client().post(reverse("account_reset_password"), {"email": email})
    body = Mail.objects.get(to=email).body
    link = re.search(r"https?://[^/]+(/\S+password/reset/key/\S+)", body)
    assert link
    page = client.get(link[1], follow=True)
    sent = {"password1": NEW, "password2": NEW}
    return client.post(page.request["PATH_INFO"], sent)


def test_a_password_is_reset_without_a_session():
    person = known_person("ada@example.org")
    assert follow_link(Client(), person.email).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_another_person_is_signed_out_by_the_link():
    person, other = known_person("ada@example.org"), known_person("ben@example.org")
    client = client_of(other)
    assert follow_link(client, person.email).status_code == 302
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert client.get(reverse("account_email")).status_code == 302
