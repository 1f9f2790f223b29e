"""Who is staff follows from the roles, whichever way they change."""

from __future__ import annotations

import pytest

from mycenas.accounts.models import Membership, Role, User
from tests.database.tools import one, raw
from tests.factories import CompetitionFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db

STAFF = (Role.ORGANIZER, Role.MODERATOR)


def is_staff(person):
    return one("SELECT is_staff FROM accounts_user WHERE id = %s", [person.pk])


@pytest.mark.parametrize("role", Role)
def test_a_role_anywhere_makes_staff_by_sql_as_well(role):
    person, competition = UserFactory(), CompetitionFactory()
    for insert, table, key in (
        (
            "INSERT INTO accounts_membership (user_id, organization_id, role)",
            "accounts_membership",
            competition.organization_id,
        ),
        (
            "INSERT INTO roles_competitionrole (user_id, competition_id, role)",
            "roles_competitionrole",
            competition.pk,
        ),
    ):
        raw(f"{insert} VALUES (%s, %s, %s)", [person.pk, key, role])
        assert is_staff(person) is (role in STAFF)
        raw(f"UPDATE {table} SET role = 'juror' WHERE user_id = %s", [person.pk])
        assert not is_staff(person)
        raw(f"UPDATE {table} SET role = 'moderator' WHERE user_id = %s", [person.pk])
        assert is_staff(person)
        raw(f"DELETE FROM {table} WHERE user_id = %s", [person.pk])
        assert not is_staff(person)


def test_one_of_two_roles_is_enough():
    person, competition = UserFactory(), CompetitionFactory()
    competition.roles.create(user=person, role=Role.MODERATOR)
    whole = Membership.objects.create(
        user=person, organization=competition.organization, role=Role.ORGANIZER
    )
    competition.roles.all().delete()
    assert is_staff(person)
    Membership.objects.filter(pk=whole.pk).update(role=Role.JUROR)
    assert not is_staff(person)


def test_the_column_alone_gives_nothing():
    person = UserFactory(is_staff=True)
    assert not is_staff(person)
    person.is_staff = True
    person.save()
    raw("UPDATE accounts_user SET is_staff = true")
    assert not is_staff(person)
    User.objects.filter(pk=person.pk).update(is_superuser=True)
    assert is_staff(person)
    raw("UPDATE accounts_user SET is_staff = false")
    assert is_staff(person)


def test_the_journal_has_the_change_of_the_column():
    organization = OrganizationFactory()
    person = UserFactory()
    Membership.objects.create(
        user=person, organization=organization, role=Role.MODERATOR
    )
    changes = one(
        "SELECT changes FROM core_auditentry WHERE table_name = 'accounts_user'"
        " AND operation = 'UPDATE' AND row_id = %s",
        [person.pk],
    )
    assert '"is_staff": [false, true]' in str(changes)
