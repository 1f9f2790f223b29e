"""What staff may do depends on what this session has proved."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import reverse

from mycenas.accounts.models import Role, User
from tests.accounts.people import PASSWORD, known_person
from tests.factories import CompetitionFactory, SubmissionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_counted")]

DESK = reverse("admin:index")


@pytest.fixture(autouse=True)
def asked_for(settings):
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def pending():
    return SubmissionFactory(state="pending")


@pytest.fixture
def person(pending):
    """An organizer with a password."""
    found = known_person("ada@example.org", is_staff=True)
    organization = pending.competition.organization
    organization.memberships.create(user=found, role=Role.ORGANIZER)
    return found


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def by_password(person):
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


def say_password_again(client):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def enroll(client):
    say_password_again(client)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session[SECRET_SESSION_KEY]
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer.status_code == 302
    return secret


def by_recovery_code(person):
    client = by_password(person)
    used = Authenticator.objects.get(user=person, type="recovery_codes")
    code = RecoveryCodes(used).get_unused_codes()[0]
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert answer.status_code == 302
    return client


def staff_pages(pending):
    return [
        DESK,
        reverse("admin:submissions_submission_changelist"),
        reverse("submissions:original", args=[pending.public_id]),
        reverse("competitions:detail", args=[draft_beside(pending).slug]),
    ]


def draft_beside(pending):
    return CompetitionFactory(organization=pending.competition.organization)


def seen(client, pages):
    answers = {page: client.get(page) for page in pages}
    for answer in answers.values():
        b"".join(answer)
    return [page for page, answer in answers.items() if answer.status_code == 200]


def test_without_a_factor_a_session_has_no_staff_power(person, pending):
    pages = staff_pages(pending)
    session = by_password(person)
    assert seen(session, pages) == []
    assert session.get(reverse("submissions:mine")).status_code == 200


def test_a_session_that_proved_its_factor_has_them_all(
    person, pending, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        enroll(by_password(person))
    pages = staff_pages(pending)
    assert seen(by_recovery_code(person), pages) == pages


@pytest.mark.django_db(transaction=True)
def test_enrolling_ends_the_other_sessions_and_proves_this_one(person):
    other, mine = by_password(person), by_password(person)
    enroll(mine)
    assert mine.get(DESK).status_code == 200
    assert other.get(reverse("submissions:mine")).status_code == 302
    assert other.get(DESK).status_code == 302


def test_a_factor_added_elsewhere_ends_a_session_begun_before(person):
    session = by_password(person)
    TOTP.activate(person, generate_totp_secret())
    assert session.get(reverse("submissions:mine")).status_code == 302
    asked = by_password(person)
    assert asked.get(DESK, follow=True).redirect_chain[-1][0].startswith("/accounts/")


def test_removing_the_factor_ends_other_sessions_and_the_powers_of_this(
    person, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        enroll(by_password(person))
    mine, other = by_recovery_code(person), by_recovery_code(person)
    assert mine.get(DESK).status_code == 200
    say_password_again(mine)
    with django_capture_on_commit_callbacks(execute=True):
        answer = mine.post(reverse("mfa_deactivate_totp"))
    assert answer.status_code == 302
    assert mine.get(reverse("submissions:mine")).status_code == 200
    assert mine.get(DESK).status_code == 302
    assert other.get(reverse("submissions:mine")).status_code == 302


def test_a_session_without_the_proof_is_asked_for_the_factor(
    person, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        enroll(by_password(person))
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    answer = client.get(DESK, follow=True)
    page, _status = answer.redirect_chain[-1]
    assert page == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2F"
    assert "has not used it" in answer.content.decode()
    used = Authenticator.objects.get(user=person, type="recovery_codes")
    code = RecoveryCodes(used).get_unused_codes()[0]
    answer = client.post(page, {"code": code})
    assert answer["Location"] == DESK
    assert client.get(DESK).status_code == 200


def test_the_proof_of_another_person_counts_for_nothing(person, pending):
    TOTP.activate(person, generate_totp_secret())
    theirs = TOTP.activate(known_person("bo@example.org"), generate_totp_secret())
    client = Client()
    client.force_login(User.objects.get(pk=person.pk))
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "id": theirs.instance.pk, "type": "totp"}
    ]
    session.save()
    assert seen(client, staff_pages(pending)) == []


def test_changing_the_password_ends_the_other_sessions(person):
    other, mine = by_password(person), by_password(person)
    new = "another walk at dawn"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    mine.post(reverse("account_change_password"), form)
    assert mine.get(reverse("submissions:mine")).status_code == 200
    assert other.get(reverse("submissions:mine")).status_code == 302


def test_a_superuser_without_a_factor_is_a_participant(pending):
    known_person("root@example.org", is_staff=True, is_superuser=True)
    session = by_password(User.objects.get(email="root@example.org"))
    assert seen(session, staff_pages(pending)) == []


def test_a_moderator_of_one_competition_is_asked_as_well(pending):
    person = UserFactory()
    pending.competition.roles.create(user=person, role=Role.MODERATOR)
    client = Client()
    client.force_login(person)
    assert seen(client, staff_pages(pending)) == []


RUBBISH = [
    "", "1", "[]", "{}", '"x"', "null", '{"response": []}', '{"response": null}',
    '{"id": "a", "type": "public-key", "response": {"userHandle": "/w"}}',
    '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"userHandle":'
    ' "enp6enp6enp6enp6enp6eg", "clientDataJSON": "e30", "signature": "YQ",'
    ' "authenticatorData": "YQ"}}',
]  # fmt: skip


def test_rubbish_in_the_place_of_a_passkey_gets_a_sentence(person):
    stranger, client = Client(), by_password(person)
    say_password_again(client)
    sign_in, add = reverse("mfa_login_webauthn"), reverse("mfa_add_webauthn")
    for rubbish in RUBBISH:
        stranger.get(sign_in, headers={"x-requested-with": "XMLHttpRequest"})
        page = stranger.post(sign_in, {"credential": rubbish}, follow=True)
        assert page.status_code == 200, rubbish
        assert "belongs to no account here" in page.content.decode(), rubbish
        client.get(add)
        page = client.post(add, {"credential": rubbish, "passwordless": "on"})
        assert page.status_code == 200, rubbish
        assert "The passkey was not added" in page.content.decode(), rubbish
