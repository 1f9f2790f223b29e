"""Account pages say things as the rest of the site does."""

from __future__ import annotations

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from mycenas.core.models import Mail
from tests.accounts.factor_data import passkey
from tests.accounts.people import PASSWORD, known_person
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
FOREIGN_IN_MAIL = re.compile(rf"{FOREIGN.pattern}|\bemail|Thank you for using|Hello")
# Refusals of what the site does not have: names for signing in, and phones.
UNUSED = re.compile(r"phone|username|invalid_login|invalid_password$|select_only_one")


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


def templates_of_mails():
    """The templates of each mail that the package can send."""
    root = Path(allauth.__file__).parent / "templates"
    found = [*root.glob("account/email/*.txt"), *root.glob("mfa/email/*.txt")]
    return sorted(str(path.relative_to(root)) for path in found)


@pytest.mark.parametrize("name", templates_of_mails())
def test_each_mail_has_one_wording(name):
    person = UserFactory(email="ada@example.org")
    context = {"user": person, "email": person.email, "timestamp": timezone.now()}
    said = render_to_string(name, {**context, "code": "A1B2"})
    assert not FOREIGN_IN_MAIL.search(said), said
    assert name.endswith("_subject.txt") or said.rstrip().endswith("\n\nMycenas")


@pytest.mark.parametrize("adapter", [get_adapter, get_mfa_adapter])
def test_each_refusal_that_can_be_shown_has_one_wording(adapter):
    for code, sentence in adapter().error_messages.items():
        if not UNUSED.search(code):
            assert not re.search(r"[Ee]mail|[Ll]ogin|Incorrect", str(sentence)), code


def test_a_changed_password_is_mailed_to_its_person(client):
    person = known_person()
    client.force_login(person)
    new = {"password1": "another long walk", "password2": "another long walk"}
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})
    mail = Mail.objects.latest("pk")
    assert (mail.to, mail.subject) == (person.email, "Your password was changed")
    assert "(UTC)" in mail.body


def test_a_key_without_a_name_is_a_passkey():
    person, adapter = UserFactory(), get_mfa_adapter()
    assert adapter.generate_authenticator_name(person, "webauthn") == "Passkey"
    Authenticator.objects.create(user=person, type="webauthn", data=passkey())
    assert adapter.generate_authenticator_name(person, "webauthn") == "Passkey 2"
