"""One form that arrives three times at once does what it asks for once."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse

from mycenas.accounts import workflow
from mycenas.accounts.models import Invitation, Role
from mycenas.core.models import Mail
from mycenas.staff.exports import limits
from mycenas.staff.exports import workflow as exporting
from mycenas.staff.exports.kinds import kind_named
from mycenas.staff.exports.limits import TooManyExports
from mycenas.staff.exports.models import Export
from tests.database.tools import one, raw
from tests.factories import CompetitionFactory, OrganizationFactory, UserFactory, staff
from tests.races.tools import (
    crowd,
    outcome,
    together,
    wait_for_waiting,
    without_constraint,
)
from tests.sessions import client_of

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 3
ADD = reverse("admin:exports_export_add")
ADDRESS = "bo@example.org"


def unique_on(table, column):
    """The name of the constraint that Django named itself."""
    sql = (
        "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = "
        "%s::regclass AND pg_get_constraintdef(oid) = %s"
    )
    return one(sql, [table, f"UNIQUE ({column})"])


def at_once(table, *acts):
    """All have found no row in the table before the first inserts one."""
    with crowd() as people:
        with transaction.atomic():
            raw(f"LOCK TABLE {table} IN SHARE MODE")
            started = [people.start(act) for act in acts]
            wait_for_waiting(len(acts))
        return [outcome(future) for future in started]


def sent(person, page, form):
    """Sends the form in a tab of its own."""
    return partial(client_of(person).post, page, form)


def token_on(person, page, **query):
    return client_of(person).get(page, query).context["form"]["once"].value()


def without_lock(monkeypatch):
    """Requests of one person for exports do not wait for each other."""
    monkeypatch.setattr(exporting, "lock_exports_of", lambda person: None)


def three_exports():
    competition = CompetitionFactory()
    person = staff(Role.ORGANIZER, competition.organization)
    form = {"kind": "entries", "of": f"competition-{competition.pk}", "format": "csv"}
    form["once"] = token_on(person, ADD, kind="entries")
    acts = [sent(person, ADD, form) for _time in range(TIMES)]
    answers = at_once("exports_export", *acts)
    assert [answer.status_code for answer in answers] == [302] * TIMES
    return {answer["Location"] for answer in answers}


def test_an_export_that_is_asked_for_three_times_at_once_is_one():
    assert len(three_exports()) == 1
    assert Export.objects.count() == 1


def test_without_lock_and_constraint_the_exports_are_three(monkeypatch):
    without_lock(monkeypatch)
    table = "exports_export"
    with without_constraint(table, unique_on(table, "key")):
        assert len(three_exports()) == TIMES


def last_two_exports(monkeypatch):
    """How many of two different exports are made at once, where one more may be."""
    monkeypatch.setattr(limits, "MOST_UNFINISHED", 1)
    competition = CompetitionFactory()
    by = staff(Role.ORGANIZER, competition.organization)
    kind = kind_named("entries")
    assert kind
    acts = [partial(exporting.request_export, kind, competition, by=by)] * 2
    refused = [
        isinstance(made, TooManyExports) for made in at_once("exports_export", *acts)
    ]
    assert refused.count(False) == Export.objects.count()
    return Export.objects.count()


def test_two_exports_at_once_are_counted_one_by_one(monkeypatch):
    assert last_two_exports(monkeypatch) == 1


def test_without_the_lock_of_the_person_both_exports_are_made(monkeypatch):
    without_lock(monkeypatch)
    assert last_two_exports(monkeypatch) == 2


def numbers():
    return Invitation.objects.count(), Mail.objects.filter(to=ADDRESS).count()


def three_invitations():
    organization = OrganizationFactory()
    by = staff(Role.ORGANIZER, organization)
    invite = partial(workflow.invite, organization, name="Bo", email=ADDRESS)
    act = partial(invite, role="moderator", by=by, once="token")
    found = at_once("accounts_invitation", *[act] * TIMES)
    assert all(isinstance(one, Invitation) for one in found), found
    return numbers()


def test_an_invitation_that_is_sent_three_times_at_once_is_one_with_one_mail():
    assert three_invitations() == (1, 1)


def test_the_page_sends_one_invitation_three_times_at_once():
    organization = OrganizationFactory()
    person = staff(Role.ORGANIZER, organization)
    page = reverse("admin:accounts_organization_do", args=[organization.pk, "invite"])
    form = {"name": "Bo", "email": ADDRESS, "role": "moderator"}
    form["once"] = token_on(person, page)
    answers = together(*(sent(person, page, form) for _time in range(TIMES)))
    assert [answer.status_code for answer in answers] == [302] * TIMES
    assert numbers() == (1, 1)


def test_an_invitation_that_is_accepted_three_times_at_once_gives_one_role():
    organization = OrganizationFactory()
    by, person = staff(Role.ORGANIZER, organization), UserFactory(email=ADDRESS)
    workflow.invite(organization, name="Bo", email=ADDRESS, role="juror", by=by)
    link = Mail.objects.get(to=ADDRESS).body.partition("/accounts/invitations/")[2]
    page = reverse("accounts:invitation", args=[link.partition("/")[0]])
    answers = together(*(sent(person, page, {}) for _time in range(TIMES)))
    assert [answer.status_code for answer in answers] == [302] * TIMES
    given = organization.memberships.filter(user=person)
    assert [row.role for row in given] == ["juror"]
