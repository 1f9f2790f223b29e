"""Roles that are removed at the same moment."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import transaction

from mycenas.accounts import workflow
from mycenas.accounts.models import Membership, Role, User
from mycenas.core.audit.actor import acting
from mycenas.core.http.errors import constraint_of
from tests.factories import CompetitionFactory, OrganizationFactory, UserFactory, staff
from tests.races.tools import (
    PATIENCE,
    crowd,
    holding,
    outcome,
    together,
    wait_for_waiting,
    without,
)

pytestmark = pytest.mark.django_db(transaction=True)

LOCK_OF_ORGANIZATION = (
    "PERFORM FROM accounts_organization WHERE id = OLD.organization_id\n"
    "    FOR NO KEY UPDATE;"
)
LOCK_OF_PERSON = (
    "PERFORM FROM accounts_user WHERE id IN (OLD.user_id, NEW.user_id)\n"
    "    ORDER BY id FOR NO KEY UPDATE;"
)


def remove(given, by):
    with acting(lambda: (by.pk, "test")):
        workflow.revoke_role(given, by=by)


def two_organizers_remove_each_other():
    organization = OrganizationFactory()
    ada, bo = (staff(Role.ORGANIZER, organization) for _ in range(2))
    with crowd() as people:
        # Each waits at the latest for the row of the person who loses the role.
        with holding(ada), holding(bo):
            started = [
                people.start(partial(remove, given.memberships.get(), by))
                for given, by in ((ada, bo), (bo, ada))
            ]
            wait_for_waiting(2)
        found = [outcome(future) for future in started]
    left = organization.memberships.count()
    return left, [constraint_of(error) for error in found if error is not None]


def test_two_organizers_who_remove_each_other_leave_one():
    refused = ["organization_keeps_an_organizer"]
    assert two_organizers_remove_each_other() == (1, refused)


def test_without_the_lock_both_would_go():
    with without("organization_keeps_an_organizer", LOCK_OF_ORGANIZATION):
        assert two_organizers_remove_each_other() == (0, [])


def person_with_two_roles():
    person, competition = UserFactory(), CompetitionFactory()
    single = competition.roles.create(user=person, role=Role.MODERATOR)
    whole = Membership.objects.create(
        user=person, organization=competition.organization, role=Role.MODERATOR
    )
    return person, single, whole


def test_whose_two_roles_go_at_once_is_no_staff():
    person, single, whole = person_with_two_roles()
    with crowd() as people:
        with holding(person):
            started = [people.start(row.delete) for row in (single, whole)]
            wait_for_waiting(2)
        for future in started:
            future.result(PATIENCE)
    assert not User.objects.get(pk=person.pk).is_staff


def test_without_the_lock_the_column_would_outlive_both_roles():
    person, single, whole = person_with_two_roles()
    line = threading.Barrier(2)

    def go(row):
        with transaction.atomic():
            row.delete()
            line.wait(PATIENCE)

    with without("role_makes_staff", LOCK_OF_PERSON):
        together(partial(go, single), partial(go, whole))
    assert User.objects.get(pk=person.pk).is_staff
