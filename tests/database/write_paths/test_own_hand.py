"""Who may invite, date and set up; and how a mail goes, whoever writes the SQL."""

from __future__ import annotations

import json
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from campaigns.states import CampaignState as C
from competitions import workflow as competing
from mycenas.accounts.models import Membership, Role
from mycenas.core.queue import mail as outbox
from submissions.mails import ANNOUNCED, CANCELLED, RECEIVED
from tests.accounts.factor_data import SECRET
from tests.database.tools import drop_guard, one, raw, refused
from tests.database.write_paths.test_roles import (
    act,
    by,
    insiders,
    outsiders,
    scopes,
)
from tests.database.write_paths.trying import attempt
from tests.factories import (
    CampaignFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    organizer_of,
)

pytestmark = pytest.mark.django_db


# --- invitations


def test_only_a_live_organizer_invites():
    for row, field, invitations, roles in scopes():
        organizer, former, stranger = UserFactory(), UserFactory(), UserFactory()
        roles.objects.create(**{field: row}, user=organizer, role=Role.ORGANIZER)
        roles.objects.create(**{field: row}, user=former, role=Role.MODERATOR)
        gone = UserFactory(is_active=False)
        roles.objects.create(**{field: row}, user=gone, role=Role.ORGANIZER)

        def invite(person, digest, row=row, field=field, invitations=invitations):
            return invitations.objects.create(
                **{field: row},
                email=f"{digest[:3]}@example.org",
                role=Role.JUROR,
                invited_by=person,
                digest=digest,
            )

        for number, person in enumerate((former, stranger, gone)):
            refusal = attempt(partial(invite, person, str(number) * 64))
            assert refusal
            assert refusal.name == "invitation_by_organizer"
        made = invite(organizer, "a" * 64)
        renewed = "digest = repeat('b', 64), invited_by_id = {}"
        assert by(made, renewed.format(former.pk)) == "invitation_by_organizer"
        assert by(made, renewed.format(organizer.pk)) == ""
        prefix = "" if field == "organization" else "competition_"
        drop_guard(f"{prefix}invitation_by_organizer")
        assert attempt(partial(invite, stranger, "c" * 64)) is None


# --- dates


def test_only_an_organizer_moves_the_dates_of_a_competition():
    competition = CompetitionFactory()
    later = "opens_at = opens_at + interval '1 hour'"
    for person in outsiders(competition):
        act(person)
        assert by(competition, later) == "competition_moved_by_organizer", person
    for person in (None, *insiders(competition, Role.ORGANIZER)):
        act(person)
        assert by(competition, later) == "", person


@pytest.mark.parametrize("state", [C.DRAFT, C.RUNNING])
def test_only_an_organizer_moves_the_window_of_a_campaign(state):
    campaign = CampaignFactory(state=state)
    raw("SELECT set_config('mycenas.reason', 'Longer.', true)")
    later = "ends_at = ends_at + interval '1 hour'"
    for person in outsiders(campaign.competition):
        act(person)
        assert by(campaign, later) == "campaign_by_organizer", person
    for person in (None, *insiders(campaign.competition, Role.ORGANIZER)):
        act(person)
        assert by(campaign, later) != "campaign_by_organizer", person


# --- what opens an account


def test_a_second_factor_is_set_up_by_its_person_and_stays():
    person, other = UserFactory(), UserFactory()
    boss = UserFactory(is_superuser=True, is_staff=True)
    data = {"secret": SECRET}
    add = partial(Authenticator.objects.create, user=person, type="totp", data=data)
    rule = "authenticator_by_its_person"
    for stranger in (other, boss):
        act(stranger)
        refusal = attempt(add)
        assert refusal
        assert refusal.name == rule
    act(person)
    factor = add()
    act(other)
    assert by(factor, f"data = '{json.dumps({'secret': SECRET[::-1]})}'") == rule
    assert by(factor, f"user_id = {other.pk}") == rule
    act(None)
    assert by(factor, f"user_id = {other.pk}") == rule
    assert by(factor, "last_used_at = now()") == ""
    drop_guard("authenticator_stays_with_its_person")
    assert by(factor, f"user_id = {other.pk}") == ""


def test_a_mail_address_is_added_by_its_person_or_an_administrator():
    person, other = UserFactory(), UserFactory()
    boss = UserFactory(is_superuser=True, is_staff=True)
    add = partial(EmailAddress.objects.create, user=person)
    rule = "emailaddress_by_its_person"
    act(other)
    refusal = attempt(partial(add, email="odd@example.org"))
    assert refusal
    assert refusal.name == rule
    for number, one_of in enumerate((person, boss, None)):
        act(one_of)
        made = add(email=f"a{number}@example.org")
    act(other)
    assert by(made, "verified = true") == rule
    drop_guard(rule)
    assert by(made, "verified = true") == ""


def test_a_lost_role_ends_what_it_allowed():
    competition = CompetitionFactory()
    person = next(insiders(competition, Role.ORGANIZER))
    Membership.objects.filter(user=person).delete()
    act(person)
    later = "opens_at = opens_at + interval '1 hour'"
    assert by(competition, later) == "competition_moved_by_organizer"


# --- mail

MAIL = (
    'INSERT INTO core_mail ("to", subject, body, template, about, not_before, attempts)'
    " VALUES ('ada@example.org', 'x', 'x', %s, %s, %s, 0)"
)


def test_a_mail_names_a_template_that_the_site_has():
    entry = entry_of_ada()
    assert refused(MAIL, [RECEIVED, entry.pk, None]) == ""
    rule = "mail_has_known_template"
    for template in ("submissions/other", "x", "../received"):
        assert refused(MAIL, [template, entry.pk, None]) == rule
    for template in outbox._facts:
        assert refused(MAIL, [template, None, None]) == rule
    drop_guard(rule)
    assert refused(MAIL, ["x", None, None]) == ""


def entry_of_ada(**fields):
    person = UserFactory(email="ada@example.org")
    return SubmissionFactory(participant=person, state="received", **fields)


@pytest.mark.parametrize("template", ["", RECEIVED, ANNOUNCED, CANCELLED])
def test_a_mail_about_an_entry_goes_to_its_artist_alone(template):
    competition = CompetitionFactory(state="open")
    other = SubmissionFactory(competition=competition)
    EmailAddress.objects.create(user=other.participant, email="eve@example.org")
    for about in (other.pk, 10**6):
        assert refused(MAIL, [template, about, None]) == "mail_to_its_artist"
    raw("UPDATE account_emailaddress SET email = 'ada@example.org'")
    further = refused(MAIL, [template, other.pk, None])
    assert further == ("mail_of_what_happened" if template else "")
    drop_guard("mail_to_its_artist")
    assert refused(MAIL, [template, 10**6, None]) == ""


def test_a_mail_gets_its_words_when_the_artist_has_another_address():
    entry = entry_of_ada()
    mail = stored(RECEIVED, entry.pk)
    raw(
        "UPDATE accounts_user SET email = 'new@example.org'"
        " WHERE email = 'ada@example.org'"
    )
    rendered = "UPDATE core_mail SET template = '', body = 'Light.' WHERE id = %s"
    assert refused(rendered, [mail]) == ""
    again = "UPDATE core_mail SET template = %s WHERE id = %s"
    assert refused(again, [ANNOUNCED, mail]) == "mail_to_its_artist"


def test_a_mail_reports_only_what_has_happened():
    rule = "mail_of_what_happened"
    open_one = CompetitionFactory(state="open")
    entry = entry_of_ada(competition=open_one)
    for template in (ANNOUNCED, CANCELLED):
        assert refused(MAIL, [template, entry.pk, None]) == rule
    mail = stored(RECEIVED, entry.pk)
    change = "UPDATE core_mail SET template = %s WHERE id = %s"
    assert refused(change, [ANNOUNCED, mail]) == rule
    competing.cancel(open_one, reason="Storm.", by=organizer_of(open_one))
    assert refused(MAIL, [CANCELLED, entry.pk, None]) == ""
    assert refused(MAIL, [ANNOUNCED, entry.pk, None]) == rule
    won = contest("winner_announced").submissions.get()
    to = MAIL.replace("ada@example.org", won.participant.email)
    assert refused(to, [ANNOUNCED, won.pk, None]) == ""
    assert refused(to, [CANCELLED, won.pk, None]) == rule


@pytest.mark.parametrize(
    "address",
    ["", "x", "a@x, b@x", "a@x,b@x", "a@x;b@x", "a@x b@x", "A <a@x>", "a@b@x", "@x"],
)
def test_a_mail_goes_to_exactly_one_address(address):
    to = MAIL.replace("'ada@example.org'", "$$" + address + "$$")
    assert refused(to, ["", None, None]) == "mail_has_one_address"
    rule = refused(
        'INSERT INTO core_mail ("to", subject, body, reply_to, attempts)'
        " VALUES ('ada@example.org', 'x', 'x', %s, 0)",
        [address],
    )
    assert rule == ("mail_has_one_address" if address else "")


SENT = "UPDATE core_mail SET sent_at = now() WHERE id = %s"


def stored(template="", about=None, not_before=None):
    raw(MAIL, [template, about, not_before])
    return one("SELECT max(id) FROM core_mail")


def test_a_mail_is_marked_as_sent_when_it_can_be_sent():
    later = one("SELECT now() + interval '10 minutes'")
    waiting = stored()
    unworded = stored(RECEIVED, entry_of_ada().pk)
    early = stored(not_before=later)
    given_up = stored()
    for _ in range(8):
        raw("UPDATE core_mail SET attempts = attempts + 1 WHERE id = %s", [given_up])
    assert refused(SENT, [waiting]) == ""
    for mail in (unworded, early, given_up):
        assert refused(SENT, [mail]) == "mail_goes_when_due"
    drop_guard("mail_goes_when_due")
    assert refused(SENT, [early]) == ""
