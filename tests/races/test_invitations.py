"""One person is invited twice, or accepts twice, at the same moment."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction
from django.db.models import QuerySet

from mycenas.accounts import workflow
from mycenas.accounts.models import OPEN_INVITATION, Invitation, Role
from mycenas.core.http.errors import LostRace
from mycenas.core.models import Mail
from tests.database.tools import raw
from tests.factories import OrganizationFactory, UserFactory, staff
from tests.races.tools import crowd, outcome, wait_for_waiting, without_index

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "bo@example.org"


def while_locked(table, *acts):
    """Run ``acts`` against a table that takes no rows until all of them wait."""
    with crowd() as people:
        with transaction.atomic():
            raw(f"LOCK TABLE {table} IN SHARE MODE")
            started = [people.start(act) for act in acts]
            wait_for_waiting(len(acts))
        return [outcome(future) for future in started]


def links():
    """Which of the links that were sent still lead to an open invitation."""
    bodies = Mail.objects.filter(to=ADDRESS).values_list("body", flat=True)
    secrets = [body.partition("/accounts/invitations/")[2][:43] for body in bodies]
    found = [workflow.invitation_with(secret) for secret in secrets]
    return [one for one in found if one and not workflow.why_ended(one)]


def two_organizers_invite_one_person():
    organization = OrganizationFactory()
    acts = [
        partial(
            workflow.invite,
            organization,
            name="Bo",
            email=ADDRESS,
            role=Role.JUROR,
            by=staff(Role.ORGANIZER, organization),
        )
        for _person in range(2)
    ]
    found = while_locked("accounts_invitation", *acts)
    assert all(isinstance(one, Invitation) for one in found), found
    assert Mail.objects.filter(to=ADDRESS).count() == 2
    return Invitation.objects.filter(OPEN_INVITATION).count(), len(links())


def test_two_organizers_who_invite_one_person_leave_one_open_link():
    assert two_organizers_invite_one_person() == (1, 1)


def test_without_the_index_both_links_stay_open():
    with without_index(Invitation, "invitation_open_once"):
        assert two_organizers_invite_one_person() == (2, 2)


def accepted_twice():
    organization = OrganizationFactory()
    by, person = staff(Role.ORGANIZER, organization), UserFactory(email=ADDRESS)
    invitation = workflow.invite(
        organization, name="Bo", email=ADDRESS, role=Role.JUROR, by=by
    )
    accept = partial(workflow.accept, invitation, by=person)
    found = while_locked("accounts_membership", accept, accept)
    assert organization.memberships.filter(user=person).count() == 1
    return sum(isinstance(one, LostRace) for one in found), found.count(None)


def test_a_person_who_accepts_twice_at_once_has_one_role_and_no_error():
    assert accepted_twice() == (0, 2)


def test_without_the_lock_the_second_reads_that_something_changed(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: rows)
    assert accepted_twice() == (1, 1)


def ended_both_ways(revoke):
    """Bo accepts while an organizer revokes; the one who was later, and the role."""
    organization = OrganizationFactory()
    by, person = staff(Role.ORGANIZER, organization), UserFactory(email=ADDRESS)
    invitation = workflow.invite(
        organization, name="Bo", email=ADDRESS, role=Role.JUROR, by=by
    )
    with crowd() as people:
        with transaction.atomic():
            Invitation.objects.select_for_update().get(pk=invitation.pk)
            accept = people.start(partial(workflow.accept, invitation, by=person))
            wait_for_waiting(1)
            revoked = people.start(partial(revoke, invitation, by=by))
            wait_for_waiting(2)
        found = [outcome(accept), outcome(revoked)]
    invitation.refresh_from_db()
    has_role = organization.memberships.filter(user=person).exists()
    assert has_role == bool(invitation.accepted_at)
    ends = [bool(invitation.accepted_at), bool(invitation.revoked_at)]
    return ends, sum(isinstance(one, LostRace) for one in found)


def test_an_invitation_is_accepted_or_revoked_but_never_both():
    ends, lost = ended_both_ways(workflow.revoke_invitation)
    assert sorted(ends) == [False, True]
    assert lost == 1
