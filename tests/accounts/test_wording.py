"""Account pages say things as the rest of the site does."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

OPEN = {
    "account_login": "Sign in",
    "account_signup": "Create account",
    "account_reset_password": "Reset your password",
    "account_reset_password_done": "Reset your password",
    "account_request_login_code": "Send me a sign-in code",
    "account_inactive": "This account is closed",
}
SIGNED_IN = {
    "account_email": "E-mail addresses",
    "account_change_password": "Change your password",
    "account_reauthenticate": "Confirm that it is you",
    "account_logout": "Sign out",
    "mfa_index": "Passkeys and second factor",
    "mfa_list_webauthn": "Passkeys",
}
# Words of the package that the site does not use.
FOREIGN = re.compile(
    r"Sign ?up|Sign In|Sign Out|Security Key|Bad Token|Email|Two-Factor|Password Reset"
)


def headline(page):
    main = page.text[page.text.index("<main") :]
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", main, re.DOTALL)
    return " ".join(found[0].split())


@pytest.mark.parametrize(("name", "words"), [*OPEN.items(), *SIGNED_IN.items()])
def test_each_page_has_one_wording(name, words, client):
    if name in SIGNED_IN:
        person = UserFactory()
        person.set_password("a-long-way-home")
        person.save()
        client.force_login(person)
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert headline(page) == words
    said = re.sub(r"<script.*?</script>|<[^>]*>", " ", page.text, flags=re.DOTALL)
    assert not FOREIGN.search(said), FOREIGN.search(said)


def test_an_old_link_to_reset_a_password_says_so_and_offers_a_new_one(client):
    address = reverse("account_reset_password_from_key", args=["1", "set-password"])
    page = client.get(address)
    assert headline(page) == "This link is not valid any more"
    assert reverse("account_reset_password") in page.text
