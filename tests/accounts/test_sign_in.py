"""The one door for everybody: sign up, sign in, and the desk behind it."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from mycenas.accounts.models import Role, User
from mycenas.accounts.passkeys import AddPasskeyForm
from mycenas.core.queue.mail import send_waiting
from tests.accounts.people import known_person
from tests.factories import OrganizationFactory, UserFactory, staff

pytestmark = pytest.mark.django_db

PASSWORD = "a long walk at dusk"


def test_whoever_signs_up_has_a_name_and_proves_the_address(client):
    answer = client.post(
        reverse("account_signup"),
        {"email": "ada@example.org", "name": "Ada", "password1": PASSWORD},
    )
    assert answer.status_code == 302
    assert User.objects.get().name == "Ada"
    assert send_waiting() == 1
    code = re.search(
        r"^\s*([A-Z0-9-]{6,9})\s*$", str(mail.outbox[0].body), re.MULTILINE
    )
    assert code
    answer = client.post(answer["Location"], {"code": code[1]})
    assert answer.status_code == 302
    assert client.get(reverse("submissions:mine")).status_code == 200


def test_a_password_opens_the_door(client):
    person = User.objects.create_user("ada@example.org", PASSWORD)
    EmailAddress.objects.create(
        user=person, email=person.email, verified=True, primary=True
    )
    answer = client.post(
        reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD}
    )
    assert answer["Location"] == reverse("submissions:mine")


def test_strangers_are_led_to_the_door(client):
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_participants_do_not_see_the_desk(signed_in):
    answer = signed_in(UserFactory()).get(reverse("admin:index"), follow=True)
    assert answer.status_code == 404


def test_the_desk_asks_for_a_second_factor(signed_in, settings):
    person = staff(Role.MODERATOR, OrganizationFactory())
    assert signed_in(person).get(reverse("admin:index")).status_code == 200
    settings.STAFF_SECOND_FACTOR = True
    answer = signed_in(person).get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("mfa_index"))
    assert "second factor" in answer.content.decode()


def test_only_superusers_keep_people_and_organizations(signed_in):
    names = ("accounts_user", "accounts_organization")
    admin = signed_in(UserFactory(is_staff=True, is_superuser=True))
    organizer = signed_in(staff(Role.ORGANIZER, OrganizationFactory()))
    for name in names:
        for page in ("changelist", "add"):
            address = reverse(f"admin:{name}_{page}")
            assert admin.get(address).status_code == 200
            is_own_list = address == reverse("admin:accounts_organization_changelist")
            found = organizer.get(address).status_code
            assert found == (200 if is_own_list else 404)


def test_a_person_is_made_and_changed_on_the_desk(signed_in):
    admin = signed_in(UserFactory(is_staff=True, is_superuser=True))
    answer = admin.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "bo@example.org",
            "name": "Bo",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "usable_password": "true",
        },
    )
    assert answer.status_code == 302
    person = User.objects.get(email="bo@example.org")
    page = admin.get(reverse("admin:accounts_user_change", args=[person.pk]))
    assert page.status_code == 200


def add_on_the_desk(admin, email):
    form = {
        "email": email,
        "name": "Bo",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "usable_password": "true",
    }
    return admin.post(reverse("admin:accounts_user_add"), form)


def test_a_person_added_with_capitals_may_sign_in(signed_in, client):
    admin = signed_in(UserFactory(is_staff=True, is_superuser=True))
    assert add_on_the_desk(admin, " Upabc@Example.org").status_code == 302
    person = User.objects.get(email="upabc@example.org")
    address = EmailAddress.objects.get(user=person)
    assert (address.email, address.primary) == (person.email, True)
    answer = client.post(
        reverse("account_login"), {"login": "UPABC@example.org", "password": PASSWORD}
    )
    assert answer["Location"] == reverse("account_email_verification_sent")


@pytest.mark.parametrize("email", ["TOMASZ@example.org", "tomasz@EXAMPLE.org"])
def test_one_address_in_another_case_is_the_same_person(email, signed_in):
    User.objects.create_user("tomasz@example.org", PASSWORD)
    admin = signed_in(UserFactory(is_staff=True, is_superuser=True))
    answer = add_on_the_desk(admin, email)
    assert "already exists" in answer.content.decode()
    assert User.objects.filter(email__iexact=email).count() == 1


def test_a_passkey_signs_in_by_default(client):
    form = AddPasskeyForm(user=UserFactory())
    assert form["passwordless"].initial is True
    page = client.get(reverse("account_login")).content.decode()
    assert "js/passkeys.js" in page


@pytest.mark.parametrize(
    ("verified", "offered"),
    [
        (None, set()),
        (False, {"action_send", "action_remove"}),
        (True, {"action_primary", "action_remove"}),
    ],
)
def test_the_page_of_addresses_offers_what_can_be_done(client, verified, offered):
    """``verified``: of another address, if there is one."""
    person = known_person("ada@example.org")
    if verified is not None:
        more = {"email": "old@example.org", "verified": verified}
        EmailAddress.objects.create(user=person, **more)
    client.force_login(person)
    page = client.get(reverse("account_email")).content.decode()
    found = set(re.findall(r'name="(action_\w+)"', page)) - {"action_add"}
    assert found == offered
    assert ('type="radio"' in page) is bool(offered)
    assert "ada@example.org" in page.partition("<main")[2]
