"""Limits of inviting: the sentence says the limit and when there is room again."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mycenas.accounts import invitation_limits, workflow
from mycenas.accounts.invitation_limits import TooManyInvitations
from mycenas.accounts.inviting_many import Invitee, invite_many
from mycenas.accounts.models import Invitation, Role
from mycenas.core.models import AuditEntry, Mail
from tests.database.tools import alter, raw
from tests.factories import CompetitionFactory, OrganizationFactory, staff

pytestmark = pytest.mark.django_db

SENT_AGO = """
UPDATE accounts_invitation
SET expires_at = statement_timestamp() + interval '14 days' - %s::interval
WHERE email = 'guest0@example.org'
"""


@pytest.fixture
def place(monkeypatch):
    monkeypatch.setattr(invitation_limits, "MOST_AN_HOUR", 3)
    return OrganizationFactory()


def invite(place, number, by):
    address = f"guest{number}@example.org"
    return workflow.invite(place, name="Bo", email=address, role=Role.JUROR, by=by)


def test_one_person_sends_so_many_invitations_an_hour(place):
    ada, bo = (staff(Role.ORGANIZER, place) for _ in range(2))
    # All that one person sends counts together, wherever it is to.
    competition = CompetitionFactory(organization=place)
    for number in range(3):
        invite(competition if number else place, number, ada)
    with pytest.raises(TooManyInvitations) as refused:
        invite(place, 4, ada)
    assert str(refused.value.sentence) == (
        "One person sends at most 3 invitations an hour, and you sent as many. Try "
        "again in 60 minutes."
    )
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "3600"
    assert Mail.objects.count() == 3
    invite(place, 5, bo)
    # The first was sent 59 minutes ago, and then an hour.
    alter("ALTER TABLE accounts_invitation DISABLE TRIGGER USER")
    for minutes, is_free in ((59, False), (60, True)):
        raw(SENT_AGO, [f"{minutes} minutes"])
        if is_free:
            invite(place, 6, ada)
        else:
            with pytest.raises(TooManyInvitations, match=r"again in 1 minute\."):
                invite(place, 6, ada)


def test_the_page_says_so_and_keeps_what_was_typed(place, signed_in):
    organizer = staff(Role.ORGANIZER, place)
    for number in range(3):
        invite(place, number, organizer)
    client = signed_in(organizer)
    page = reverse("admin:accounts_organization_do", args=[place.pk, "invite"])
    typed = {"name": "Zoe", "email": "zoe@example.org", "role": "juror"}
    text = client.post(page, typed).text
    assert "One person sends at most 3 invitations an hour" in text
    assert 'value="zoe@example.org"' in text
    assert Invitation.objects.count() == 3


def test_a_preview_counts_nothing_and_says_which_row_is_too_many(place, signed_in):
    organizer = staff(Role.ORGANIZER, place)
    client = signed_in(organizer)
    page = reverse("admin:accounts_organization_import", args=[place.pk])

    def preview(count):
        rows = [f"P,p{number}@example.org,juror" for number in range(count)]
        data = "\n".join(["name,email,role", *rows]).encode()
        file = SimpleUploadedFile("rows.csv", data)
        return client.post(page, {"kind": "people", "file": file}).text

    for _ in range(2):
        assert "3 invited" in preview(3)
    text = " ".join(preview(4).split())
    assert "Row 5: One person sends at most 3 invitations an hour" in text
    assert not Mail.objects.exists()


def test_one_address_gets_so_many_mails_about_one_role_an_hour(place, monkeypatch):
    monkeypatch.setattr(invitation_limits, "MOST_TO_ONE", 2)
    ada, bo = (staff(Role.ORGANIZER, place) for _ in range(2))
    invite(place, 1, ada)
    invite(place, 1, bo)
    with pytest.raises(TooManyInvitations, match="At most 2 mails an hour"):
        invite(place, 1, ada)
    assert Mail.objects.count() == 2
    assert AuditEntry.objects.filter(table_name="accounts_invitation").count() == 2
    invite(place, 2, ada)


def test_an_invitation_that_was_revoked_counts_as_well(place, monkeypatch):
    monkeypatch.setattr(invitation_limits, "MOST_TO_ONE", 2)
    monkeypatch.setattr(invitation_limits, "MOST_AN_HOUR", 9)
    ada = staff(Role.ORGANIZER, place)
    invitee = Invitee("Bo", "guest1@example.org", Role.JUROR)
    for _ in range(2):
        workflow.revoke_invitation(invite(place, 1, ada), by=ada)
    with pytest.raises(TooManyInvitations, match="At most 2 mails an hour"):
        invite(place, 1, ada)
    (refused,) = invite_many(place, [invitee], by=ada)
    assert isinstance(refused, TooManyInvitations)
    assert invite_many(place, [invitee._replace(role=Role.SPONSOR)], by=ada) == [True]
    assert Mail.objects.count() == 3
