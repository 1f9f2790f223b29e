"""Roles are given by invitation, to exactly one address, and taken away in one step."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mycenas.accounts import workflow
from mycenas.accounts.models import Invitation, Membership, Role, User
from mycenas.accounts.scopes import scope_named
from mycenas.core.audit.actor import acting
from mycenas.core.http.errors import NotAllowed, ProblemError, constraint_of
from mycenas.core.models import AuditEntry, Mail
from tests.accounts.people import PASSWORD, known_person
from tests.database.tools import alter, raw, refused
from tests.factories import (
    CompetitionFactory,
    OrganizationFactory,
    UserFactory,
    staff,
)
from tests.form_data import filled

pytestmark = pytest.mark.django_db
LINK = re.compile(r"/accounts/invitations/[\w-]{43}/")
ADDRESS = "bo@example.org"


@pytest.fixture(params=["organization", "competition"])
def place(request):
    """What people are invited to."""
    competition = CompetitionFactory()
    return getattr(competition, request.param, competition)


def organizer(place):
    """Of the organization, which counts in its competitions."""
    return staff(Role.ORGANIZER, getattr(place, "organization", place))


def invited(place, role=Role.MODERATOR, by=None):
    """The link in the mail."""
    by = by or organizer(place)
    workflow.invite(place, name="Bo", email=ADDRESS.upper(), role=role, by=by)
    mail = Mail.objects.filter(to=ADDRESS).latest("pk")
    return LINK.findall(mail.body)[0]


def roles(place):
    scope = scope_named(type(place))
    rows = scope.roles.objects.filter(**{scope.field: place})
    return sorted((row.user.email, row.role) for row in rows)


def pages(place, name, *more):
    meta = place._meta
    view = f"admin:{meta.app_label}_{meta.model_name}_{name}"
    return reverse(view, args=[place.pk, *more])


def accept(link, person, signed_in):
    return signed_in(person).post(link, follow=True)


def test_an_invitation_is_sent_from_the_page_of_people_and_accepted(place, signed_in):
    client = signed_in(organizer(place))
    assert pages(place, "people") in client.get(pages(place, "change")).text
    form = {"name": "Bo", "email": ADDRESS, "role": "moderator"}
    answer = client.post(pages(place, "do", "invite"), form, follow=True)
    assert answer.redirect_chain == [(pages(place, "people"), 302)]
    assert ADDRESS in answer.text
    mail = Mail.objects.get(to=ADDRESS)
    assert "moderator" in mail.subject
    [link] = LINK.findall(mail.body)
    assert link.split("/")[3] not in str(list(Invitation.objects.values()))
    assert "Sign in or create an account as bo@example.org" in Client().get(link).text
    bo = UserFactory(email=ADDRESS)
    assert "Accept the invitation" in signed_in(bo).get(link).text
    answer = accept(link, bo, signed_in)
    assert answer.redirect_chain == [(reverse("admin:index"), 302)]
    assert "You are now moderator" in answer.text
    assert (ADDRESS, "moderator") in roles(place)
    # A second click, and the link of the mail, lead there as well.
    again = (accept(link, bo, signed_in), signed_in(bo).get(link, follow=True))
    for answer in again:
        assert answer.redirect_chain == [(reverse("admin:index"), 302)]
    assert signed_in(UserFactory()).get(link).status_code == 409
    assert AuditEntry.objects.filter(
        table_name__endswith="invitation", operation="UPDATE"
    ).exists()


def test_a_sponsor_begins_at_the_campaigns(place, signed_in, client):
    link, bo = invited(place, Role.SPONSOR), known_person(ADDRESS)
    answer = accept(link, bo, signed_in)
    assert answer.redirect_chain == [(reverse("campaigns:mine"), 302)]
    words = {"login": ADDRESS, "password": PASSWORD}
    answer = client.post(reverse("account_login"), words)
    assert answer["Location"] == reverse("campaigns:mine")
    client.logout()
    answer = client.post(reverse("account_login"), {**words, "next": "/verify/"})
    assert answer["Location"] == "/verify/"


def test_inviting_again_renews_the_invitation(place, signed_in):
    by = organizer(place)
    first, second = invited(place, by=by), invited(place, by=by)
    assert first != second
    assert scope_named(type(place)).invitations.objects.count() == 1
    bo = UserFactory(email=ADDRESS)
    old = signed_in(bo).get(first)
    assert old.status_code == 404
    assert "only the link of the newest mail counts" in old.text
    accept(second, bo, signed_in)
    with pytest.raises(ProblemError, match="has the role “moderator” already"):
        invited(place, by=by)


def expired(invitation):
    table = invitation._meta.db_table
    alter(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    raw(f"UPDATE {table} SET expires_at = clock_timestamp()")


ENDS = {
    "accepted already": lambda one, by: workflow.accept(
        one, by=User.objects.get(email=ADDRESS)
    ),
    "was revoked": lambda one, by: workflow.revoke_invitation(one, by=by),
    "has expired": lambda one, by: expired(one),
    "not an organizer there any more": lambda one, by: User.objects.filter(
        pk=by.pk
    ).update(is_active=False),
}


def test_a_deactivated_account_is_not_invited(place, signed_in):
    UserFactory(email=ADDRESS, is_active=False)
    client = signed_in(organizer(place))
    form = {"name": "Bo", "email": ADDRESS, "role": "moderator"}
    answer = client.post(pages(place, "do", "invite"), form)
    assert f"The account of {ADDRESS} is deactivated" in answer.text
    assert not Mail.objects.filter(to=ADDRESS).exists()


def test_a_form_that_comes_again_later_invites_nobody_anew(place):
    by = organizer(place)
    given = {"name": "Bo", "email": ADDRESS, "role": Role.JUROR, "by": by}
    first = workflow.invite(place, **given, once="token")
    again = workflow.invite(place, **given, once="token")
    assert (again, again.digest) == (first, first.digest)
    other = workflow.invite(place, **given, once="another")
    assert other.pk == first.pk
    assert Mail.objects.filter(to=ADDRESS).count() == 2
    workflow.revoke_invitation(other, by=by)
    with pytest.raises(ProblemError, match="was accepted or revoked since"):
        workflow.invite(place, **given, once="another")
    assert workflow.invite(place, **given, once="third") != other


def test_a_form_that_comes_again_after_its_invitation_ended_says_so(place, signed_in):
    client = signed_in(organizer(place))
    page = pages(place, "do", "invite")
    form = filled(client.get(page), name="Bo", email=ADDRESS, role="juror")
    assert client.post(page, form).status_code == 302
    sent = scope_named(type(place)).invitations.objects.get()
    workflow.revoke_invitation(sent, by=sent.invited_by)
    asked = client.post(page, form)
    assert "This was changed after you looked at it." in asked.text
    answer = client.post(page, filled(asked))
    assert "no other one was sent" in answer.text
    assert "Done:" not in answer.text
    assert Mail.objects.filter(to=ADDRESS).count() == 1


@pytest.mark.parametrize("sentence", ENDS)
def test_an_invitation_that_ended_says_why(place, sentence, signed_in):
    bo, by = UserFactory(email=ADDRESS), organizer(place)
    link = invited(place, by=by)
    before = roles(place)
    ENDS[sentence](scope_named(type(place)).invitations.objects.get(), by)
    # To the person who accepted it, its link leads on.
    client = signed_in(UserFactory() if sentence == "accepted already" else bo)
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 409
        assert sentence in answer.text
    if sentence != "accepted already":
        assert roles(place) == before


def test_only_the_invited_address_accepts(place, signed_in):
    link = invited(place)
    eve = signed_in(UserFactory(email="eve@example.org"))
    assert "You are signed in as eve@example.org" in eve.get(link).text
    answer = eve.post(link)
    assert answer.status_code == 409
    assert "for another mail address" in answer.text
    anonymous = Client().post(link)
    assert "Sign in or create an account as" in anonymous.text
    assert "eve@example.org" not in dict(roles(place))


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.JUROR, Role.SPONSOR])
def test_only_organizers_invite_and_remove(place, role):
    given = scope_named(type(place))
    person = UserFactory()
    row = given.roles.objects.create(**{given.field: place}, user=person, role=role)
    with pytest.raises(NotAllowed, match="Only an organizer"):
        invited(place, by=person)
    with pytest.raises(NotAllowed, match="Only an organizer"):
        workflow.revoke_role(row, by=person)


def test_organizers_of_a_competition_give_nothing_beyond_it():
    competition = CompetitionFactory()
    person = UserFactory()
    competition.roles.create(user=person, role=Role.ORGANIZER)
    invited(competition, Role.ORGANIZER, by=person)
    for other in (competition.organization, CompetitionFactory()):
        with pytest.raises(NotAllowed):
            invited(other, by=person)


def test_a_removed_role_ends_with_the_next_request(place, signed_in):
    by, bo = organizer(place), UserFactory(email=ADDRESS)
    accept(invited(place, by=by), bo, signed_in)
    client, desk = signed_in(bo), signed_in(by)
    assert client.get(reverse("admin:index")).status_code == 200
    scope = scope_named(type(place))
    given = scope.roles.objects.get(user=bo)
    question = f"{pages(place, 'do', 'remove-role')}?given={given.pk}"
    assert f'value="{given.pk}" selected' in desk.get(question).text
    answer = desk.post(question, {"given": given.pk}, follow=True)
    assert answer.redirect_chain == [(pages(place, "people"), 302)]
    assert client.get(reverse("admin:index")).status_code == 404
    assert not User.objects.get(pk=bo.pk).is_staff
    entry = AuditEntry.objects.get(
        table_name=scope.roles._meta.db_table, operation="DELETE"
    )
    assert entry.row_id == given.pk


def test_organizers_who_remove_themselves_land_on_a_page_of_theirs(signed_in):
    organization = OrganizationFactory()
    staff(Role.ORGANIZER, organization)
    person = staff(Role.ORGANIZER, organization)
    form = {"given": person.memberships.get().pk}
    address = pages(organization, "do", "remove-role")
    answer = signed_in(person).post(address, form, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert answer.status_code == 200


def test_the_last_organizer_of_an_organization_stays(signed_in):
    organization = OrganizationFactory()
    person = staff(Role.ORGANIZER, organization)
    staff(Role.ORGANIZER, organization, is_active=False)
    last = person.memberships.get()
    address = pages(organization, "do", "remove-role")
    answer = signed_in(person).post(address, {"given": last.pk}, follow=True)
    assert "the organization’s last organizer" in answer.text
    with pytest.raises(ProblemError, match="last organizer"):
        workflow.revoke_role(last, by=person)
    with acting(lambda: (person.pk, "test")):
        for change in (last.delete, lambda: Membership.objects.update(role="juror")):
            with pytest.raises(IntegrityError) as error, transaction.atomic():
                change()
            assert constraint_of(error.value) == "organization_keeps_an_organizer"
    root = UserFactory(is_superuser=True)
    workflow.revoke_role(Membership.objects.get(user=person), by=root)
    assert not person.memberships.exists()


def test_sql_by_hand_keeps_invitations_as_they_are(place):
    bo = UserFactory(email=ADDRESS)
    invited(place)
    scope = scope_named(type(place))
    table = scope.invitations._meta.db_table
    before = scope.invitations.objects.get()
    for change, rule in (
        ("email = 'eve@example.org'", "invitation_facts_stay"),
        ("role = 'organizer'", "invitation_facts_stay"),
        ("created_at = '2020-01-01'", "invitation_facts_stay"),
        (
            f"accepted_at = now(), accepted_by_id = {UserFactory().pk}",
            "invitation_of_another",
        ),
        (
            f"accepted_by_id = {bo.pk}",
            f"{scope.invitations.__name__.lower()}_ends_once",
        ),
    ):
        assert refused(f"UPDATE {table} SET {change}") == rule, change
    raw(f"UPDATE {table} SET expires_at = '2150-01-01'")
    assert scope.invitations.objects.get().expires_at == before.expires_at
    assert (before.expires_at - before.created_at).days == 14
    raw(f"UPDATE {table} SET accepted_at = '2020-01-01', accepted_by_id = {bo.pk}")
    assert scope.invitations.objects.get().accepted_at > before.created_at
    assert refused(f"UPDATE {table} SET name = 'x'") == "invitation_used"


def test_the_page_of_people_says_which_invitations_cannot_be_accepted(signed_in):
    place = CompetitionFactory(time_zone="Europe/Athens")
    by, other = organizer(place), organizer(place)
    link = invited(place, by=by)
    page = signed_in(other).get(pages(place, "people")).text
    assert "not an organizer here any more" not in page
    for text in (page, Client().get(link).text):
        assert "Athens" in text
        assert "UTC" not in text
    Membership.objects.filter(user=by).delete()
    page = signed_in(other).get(pages(place, "people")).text
    assert f"because {by}, who sent it, is not an organizer here any more" in page


@pytest.mark.parametrize("email", [f"{'a' * 65}@example.org", '"bo"@example.org'])
def test_nobody_is_invited_by_an_address_that_cannot_sign_up(place, signed_in, email):
    form = {"name": "Bo", "email": email, "role": "juror"}
    answer = signed_in(organizer(place)).post(pages(place, "do", "invite"), form)
    assert "without quotation marks" in answer.text
    assert not scope_named(type(place)).invitations.objects.exists()


@pytest.mark.parametrize(
    ("verb", "name", "sentence"),
    [
        ("remove-role", "given", "it was removed or changed a moment ago"),
        ("revoke-invitation", "invitation", "it was accepted or revoked"),
    ],
)
def test_what_is_gone_meanwhile_is_said(place, signed_in, verb, name, sentence):
    client, address = signed_in(organizer(place)), pages(place, "do", verb)
    invited(place)
    scope = scope_named(type(place))
    scope.roles.objects.create(
        user=UserFactory(), role=Role.JUROR, **{scope.field: place}
    )
    form = client.get(address).context["form"]
    there = form.fields[name].queryset.last().pk
    assert sentence not in client.get(f"{address}?{name}={there}").text
    # A number in the signs of another script is none of ours.
    other_signs = "".join(chr(0x0660 + int(digit)) for digit in str(there))
    for typed in (there + 1000, other_signs, f"{there}_0", "x"):
        assert sentence in client.get(address, {name: typed}).text
        assert sentence in client.post(address, {name: typed}).text
    assert form.fields[name].queryset.filter(pk=there).exists()


def test_an_unknown_link_is_not_there(client):
    assert client.get(f"/accounts/invitations/{'x' * 43}/").status_code == 404


def test_a_person_without_an_account_signs_up_and_is_back_at_the_invitation(place):
    link, client = invited(place, Role.JUROR), Client()
    [sign_up] = re.findall(
        r'href="([^"]*signup[^"]*)"[^>]*>Create account', client.get(link).text
    )
    form = {"email": ADDRESS, "name": "Bo", "password1": "lion-gate-at-noon"}
    client.post(sign_up, form)
    body = Mail.objects.filter(to=ADDRESS).latest("pk").body
    [code] = re.findall(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", body, re.MULTILINE)
    answer = client.post(reverse("account_email_verification_sent"), {"code": code})
    assert answer["Location"] == link
    client.post(link)
    assert (ADDRESS, "juror") in roles(place)
