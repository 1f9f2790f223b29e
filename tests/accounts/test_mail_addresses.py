"""One mail address, however it is typed, is one account: at each form and in SQL."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.urls import reverse

from mycenas.accounts.models import User
from mycenas.core.http.errors import sentence_for
from mycenas.core.models import AuditEntry, Mail
from tests.accounts.people import PASSWORD, known_person
from tests.database.tools import raw, refused
from tests.factories import SubmissionFactory, UserFactory
from tests.form_data import filled

pytestmark = pytest.mark.django_db

STORED = "ada@xn--exmple-cua.org"
WAYS = (
    "ada@exämple.org",
    "ADA@EXÄMPLE.ORG",
    " Ada@Exämple.org\t",
    "ada@exämple.org.",
    "ada＠exämple.org",
    "ａda@exämple。org",
    "ada@exa\u0308mple.org",
    "\u200bada@exämple.org\u202c",
    "ada@XN--EXMPLE-CUA.org",
)
REFUSED = {
    "ada.example.org": "is not a mail address. Type it like name@example.org.",
    "": "This field is required.",
    "adı@example.org": "The address has “ı” before “@”.",
    "a da@example.org": "The address has “ ” before “@”.",
    "ada@exa mple.org": "is not a mail address.",
    "ada@ex_ämple.org": "“ex_ämple.org” is no domain that mail can reach.",
    f"ada@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org": "at most 254",
}


def fields(email):
    return {
        "account_signup": {"email": email, "name": "Ada", "password1": PASSWORD},
        "account_login": {"login": email, "password": PASSWORD},
        "account_request_login_code": {"email": email},
        "account_reset_password": {"email": email},
        "account_email": {"email": email, "action_add": ""},
        "admin:accounts_user_add": {
            "email": email,
            "name": "Bo",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "usable_password": "true",
        },
    }


@pytest.fixture
def superuser(signed_in):
    return signed_in(UserFactory(is_staff=True, is_superuser=True))


@pytest.mark.parametrize("typed", WAYS, ids=ascii)
def test_however_it_is_typed_it_is_the_same_account(typed, client):
    person = known_person("Ada@exämple.org")
    assert User.objects.get(email=typed) == person
    answer = client.post(reverse("account_login"), fields(typed)["account_login"])
    assert answer["Location"] == reverse("submissions:mine")
    client.logout()
    for page in ("account_reset_password", "account_request_login_code"):
        assert client.post(reverse(page), fields(typed)[page]).status_code == 302
    client.post(reverse("account_signup"), fields(typed)["account_signup"])
    assert User.objects.count() == EmailAddress.objects.count() == 1
    assert set(Mail.objects.values_list("to", flat=True)) == {STORED}


@pytest.mark.parametrize("typed", WAYS, ids=ascii)
def test_each_door_stores_it_in_one_way(typed, client, superuser):
    client.post(reverse("account_signup"), fields(typed)["account_signup"])
    assert EmailAddress.objects.get(user__email=STORED).email == STORED
    page = "admin:accounts_user_add"
    answer = superuser.post(reverse(page), fields(typed)[page])
    assert "already exists" in answer.content.decode()
    User.objects.all().filter(email=STORED).delete()
    assert superuser.post(reverse(page), fields(typed)[page]).status_code == 302
    person = User.objects.get(email=STORED)
    assert EmailAddress.objects.get(user=person).email == STORED


def test_programs_store_it_in_one_way(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--no-input", "--email", WAYS[1], verbosity=0)
    person = User.objects.get()
    assert person.email == STORED
    User.objects.update(email=" UPPER@Example.org ")
    assert User.objects.get().email == "upper@example.org"
    User.objects.bulk_create([User(email="Bulk@Example.org")])
    person.email = "Ada@Example.org"
    person.save(update_fields=["email"])
    assert person.email == "ada@example.org"
    assert User.objects.filter(email__in=["BULK@example.org"]).exists()


@pytest.mark.parametrize("page", fields(""))
def test_an_impossible_address_gets_a_sentence_at_its_field(page, client, superuser):
    for typed, sentence in REFUSED.items():
        browser = superuser if ":" in page or page == "account_email" else client
        answer = browser.post(reverse(page), fields(typed)[page])
        form = answer.context.get("form") or answer.context["adminform"].form
        name = "login" if page == "account_login" else "email"
        assert any(sentence in error for error in form.errors[name]), typed
        assert typed.strip() in form[name].value()


@pytest.mark.parametrize(
    "typed",
    [
        '"ada"@example.org',
        '"a\\da"@example.org',
        f"{'a' * 65}@example.org",
        "ada@[2001:db8:0::1]",
        "ada@[127.0.0.1]",
        "ada@xn--a.org",
    ],
)
def test_an_address_with_another_spelling_is_not_taken_anew(typed, client, superuser):
    for page in ("account_signup", "account_email", "admin:accounts_user_add"):
        browser = client if page == "account_signup" else superuser
        answer = browser.post(reverse(page), fields(typed)[page])
        form = answer.context.get("form") or answer.context["adminform"].form
        (sentence,) = form.errors["email"]
        assert "before “@”" in sentence or "no domain that mail can reach" in sentence


def test_who_has_such_an_address_already_signs_in(client):
    known_person('"ada"@example.org')
    sent = fields('"ada"@example.org')["account_login"]
    answer = client.post(reverse("account_login"), sent)
    assert answer["Location"] == reverse("submissions:mine")


def test_a_changed_address_is_refused_beside_another_in_capitals(superuser):
    known_person("ada@example.org")
    bo = known_person("bo@example.org")
    address = reverse("admin:accounts_user_change", args=[bo.pk])
    shown = superuser.get(address)
    answer = superuser.post(address, filled(shown, email="ADA@Example.org"))
    assert "already exists" in answer.context["adminform"].form.errors["email"][0]
    form = filled(shown, email="BO2@Example.org")
    assert superuser.post(address, form).status_code == 302
    assert User.objects.get(pk=bo.pk).email == "bo2@example.org"


def test_staff_find_an_address_however_they_type_it(superuser):
    entry = SubmissionFactory(participant=known_person(STORED), state="pending")
    for table, found in (
        ("accounts_user", entry.participant),
        ("submissions_submission", entry),
    ):
        page = reverse(f"admin:{table}_changelist")
        answer = superuser.get(page, {"q": "ADA@exÄmple.org"})
        assert list(answer.context["cl"].result_list) == [found]


@pytest.mark.parametrize(
    "text",
    [
        *("Ada@example.org", "ada@exämple.org", " a@b.org", "a@b.org.", "\ta@b.org"),
        *("", "a", "@example.org", "a@", "@", "a@b@example.org"),
    ],
)
@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("accounts_user", "user_email_canonical"),
        ("account_emailaddress", "emailaddress_canonical"),
    ],
)
def test_postgresql_takes_no_other_way_to_write_it(table, name, text):
    known_person()
    assert refused(f"UPDATE {table} SET email = %s", [text]) == name
    assert "lower case" in str(sentence_for(name))


def test_the_upgrade_gives_accounts_without_an_address_one_that_reaches_nobody():
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", "accounts", "0007", verbosity=0)
    kept = known_person(STORED)
    quoted, empty = UserFactory(email='"a@b"@example.org'), UserFactory(email="")
    EmailAddress.objects.create(user=empty, email="")
    EmailAddress.objects.create(user=kept, email="a@b@example.org")
    raw("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", "accounts", verbosity=0)
    assert dict(User.objects.values_list("pk", "email")) == {
        kept.pk: STORED,
        quoted.pk: '"a@b"@example.org',
        empty.pk: f"account-{empty.pk}@address.invalid",
    }
    assert EmailAddress.objects.get().email == STORED
    lines = AuditEntry.objects.filter(
        source="migrate accounts.0008_mail_addresses_whole"
    )
    assert set(lines.values_list("table_name", "operation")) == {
        ("accounts_user", "UPDATE"),
        ("account_emailaddress", "DELETE"),
    }
