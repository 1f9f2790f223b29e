"""Roles decide, each in its own organization."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from mycenas.accounts.access import organizations_of, signed_in
from mycenas.accounts.models import Membership, Role, User
from tests.factories import OrganizationFactory, UserFactory, staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_a_role_counts_in_its_own_organization(role):
    here = OrganizationFactory()
    person = staff(role, here)
    OrganizationFactory()
    assert list(organizations_of(person, *Role)) == [here]
    others = [other for other in Role if other != role]
    assert not organizations_of(person, *others).exists()


def test_nobody_and_the_inactive_have_no_organization():
    organization = OrganizationFactory()
    gone = staff(Role.ORGANIZER, organization, is_active=False)
    for person in (AnonymousUser(), gone, UserFactory()):
        assert not organizations_of(person, *Role).exists()


def test_a_superuser_is_at_home_everywhere():
    organization = OrganizationFactory()
    person = UserFactory(is_superuser=True)
    assert organization in organizations_of(person, Role.ORGANIZER)


def test_people_are_known_by_their_address():
    person = User.objects.create_user("Ada@Example.ORG", "secret", name="Ada")
    assert (person.email, str(person)) == ("ada@example.org", "Ada")
    assert person.check_password("secret")
    assert not person.is_staff
    admin = User.objects.create_superuser("root@example.org", "secret")
    assert admin.is_staff
    assert admin.is_superuser
    assert admin.get_full_name() == admin.get_short_name() == "root@example.org"


def test_rows_name_themselves():
    organization = OrganizationFactory(name="Light")
    person = UserFactory(name="Ada")
    membership = Membership(organization=organization, user=person, role=Role.JUROR)
    assert str(organization) == "Light"
    assert str(membership) == "Ada, juror, Light"


def test_who_is_signed_in_is_a_person():
    request = RequestFactory().get("/")
    request.user = UserFactory()
    assert signed_in(request) == request.user
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied):
        signed_in(request)
