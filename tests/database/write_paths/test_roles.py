"""Nothing is decided without a role for it, or in the name of another person."""

from __future__ import annotations

from functools import partial

import pytest

from competitions.roles.models import CompetitionInvitation, CompetitionRole
from interactions.models import Like
from mycenas.accounts.models import Invitation, Membership, Role
from mycenas.core.approvals.models import Approval
from mycenas.core.db import database
from submissions.review.claims.models import Claim
from submissions.review.permits.models import Permit
from submissions.states import SubmissionState as S
from tests.database.tools import one, raw, refused
from tests.database.write_paths.trying import attempt
from tests.factories import (
    DAY,
    AwardFactory,
    CampaignFactory,
    CompetitionFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    staff,
)

BY_ROLE = "submission_decided_by_role"


def by(row, change):
    table = row._meta.db_table
    return refused(f"UPDATE {table} SET {change} WHERE {key(row)}", [row.pk])


def own(row, change, person):
    """The change that names the person, under that name."""
    act(person)
    return by(row, change.format(person.pk))


def key(row):
    return f"{row._meta.pk.column} = %s"


def act(person):
    """The setting that says who acts, until the test is taken back."""
    raw(
        "SELECT set_config('mycenas.actor', %s, true)",
        [str(person.pk) if person else ""],
    )


def outsiders(competition):
    """People whose roles do not allow a decision there."""
    yield UserFactory()
    yield staff(Role.JUROR, competition.organization)
    yield staff(Role.SPONSOR, competition.organization)
    yield staff(Role.ORGANIZER, OrganizationFactory())
    yield staff(Role.ORGANIZER, competition.organization, is_active=False)


def insiders(competition, *roles):
    """People whose roles allow it: here, in the organization, or everywhere."""
    for role in roles:
        yield staff(role, competition.organization)
        person = UserFactory()
        CompetitionRole.objects.create(competition=competition, user=person, role=role)
        yield person
    act(None)
    yield UserFactory(is_superuser=True, is_staff=True)


DECISIONS = [
    (S.PENDING, "state = 'approved'"),
    (S.PENDING, "state = 'rejected', decision_reason = 'Blurred.'"),
    (S.QUARANTINED, "state = 'rejected', decision_reason = 'Blurred.'"),
]


@pytest.mark.parametrize(("state", "change"), DECISIONS)
def test_a_person_without_a_role_decides_on_no_entry(db, state, change):
    entry = SubmissionFactory(state=state)
    whole = f"{change}, decided_at = now(), decided_by_id = {{}}"
    for person in outsiders(entry.competition):
        assert own(entry, whole, person) == BY_ROLE, person
    for person in insiders(entry.competition, Role.ORGANIZER, Role.MODERATOR):
        assert own(entry, whole, person) == "", person


REOPENED = [
    (
        S.REJECTED,
        "state = 'pending', decided_at = NULL, decided_by_id = NULL,"
        " decision_reason = 'Again.'",
    ),
    (S.QUARANTINED, "state = 'received'"),
]


@pytest.mark.parametrize(("state", "change"), REOPENED)
def test_a_person_without_a_role_takes_no_decision_back(db, state, change):
    entry = SubmissionFactory(state=state)
    for person in outsiders(entry.competition):
        act(person)
        assert by(entry, change) == BY_ROLE, person
    for person in insiders(entry.competition, Role.MODERATOR):
        act(person)
        assert by(entry, change) == "", person
    act(None)
    assert by(entry, change) == ""


def propose(entry, person):
    act(person)
    return Approval.objects.create(
        kind="submissions.disqualify",
        target_table="submissions_submission",
        target_id=entry.pk,
        reason="Copied.",
        proposed_by=person,
        expires_at=database.now() + DAY,
    )


def test_a_person_without_a_role_proposes_and_confirms_no_disqualification(db):
    entry = SubmissionFactory(state=S.APPROVED)
    for person in outsiders(entry.competition):
        refusal = attempt(partial(propose, entry, person))
        assert refusal, person
        assert refusal.name == BY_ROLE
    proposal = propose(entry, moderator_of(entry))
    change = "state = 'confirmed', decided_at = now(), decided_by_id = {}"
    for person in outsiders(entry.competition):
        assert own(proposal, change, person) == BY_ROLE, person
    assert own(proposal, change, moderator_of(entry)) == ""


def test_a_person_who_does_not_organize_gives_and_takes_no_prize(db):
    competition = contest("closed")
    entry, prize = competition.submissions.get(), competition.prizes.get()
    give = (
        "INSERT INTO submissions_award (competition_id, prize_id, submission_id,"
        " citation, awarded_by_id) VALUES (%s, %s, %s, '', %s)"
    )
    those = [*outsiders(competition), moderator_of(competition)]
    for person in those:
        act(person)
        given = [competition.pk, prize.pk, entry.pk, person.pk]
        assert refused(give, given) == "award_by_organizer", person
    for person in insiders(competition, Role.ORGANIZER):
        act(person)
        assert refused(give, [competition.pk, prize.pk, entry.pk, person.pk]) == ""
    act(None)
    award = AwardFactory(submission=entry)
    for person in those:
        act(person)
        assert by(award, "taken_back_at = now()") == "award_by_organizer", person
    act(organizer_of(competition))
    assert by(award, "taken_back_at = now()") == ""


def test_a_person_who_does_not_organize_approves_and_moves_no_campaign(db):
    draft, running = CampaignFactory(), CampaignFactory(state="running")
    approved = "approved_at = now(), approved_by_id = {}"
    for person in (*outsiders(draft.competition), moderator_of(draft)):
        assert own(draft, approved, person) == "campaign_by_organizer"
    assert own(draft, approved, organizer_of(draft)) == ""
    for person in (*outsiders(running.competition), moderator_of(running)):
        act(person)
        assert by(running, "state = 'paused'") == "campaign_by_organizer"
    for person in (organizer_of(running), None):
        act(person)
        assert by(running, "state = 'paused'") == ""


def test_a_person_who_does_not_organize_moves_and_cancels_no_competition(db):
    competition = CompetitionFactory(state="moderation")
    changes = (
        "state = 'closed', closed_at = now()",
        "cancelled_at = now(), cancel_reason = 'Storm.'",
    )
    for person in (*outsiders(competition), moderator_of(competition)):
        act(person)
        for change in changes:
            assert by(competition, change) == "competition_moved_by_organizer"
    for person in (organizer_of(competition), None):
        act(person)
        assert [by(competition, change) for change in changes] == ["", ""]


def test_a_person_without_a_role_claims_no_entry_and_requests_no_changes(db):
    entry = SubmissionFactory(state=S.PENDING)
    claim = partial(Claim.objects.create, submission=entry)
    permit = partial(
        Permit.objects.create,
        submission=entry,
        reason="Sharper.",
        expires_at=database.now() + DAY,
    )
    for person in outsiders(entry.competition):
        act(person)
        claimed = attempt(partial(claim, moderator=person))
        requested = attempt(partial(permit, requested_by=person))
        assert claimed, person
        assert requested, person
        assert (claimed.name, requested.name) == ("claim_by_moderator", BY_ROLE)
    moderator = moderator_of(entry)
    act(moderator)
    given = permit(requested_by=moderator)
    withdrawn = "state = 'withdrawn', ended_at = now(), ended_by_id = {}"
    for person in outsiders(entry.competition):
        assert own(given, withdrawn, person) == BY_ROLE
    assert own(given, withdrawn, moderator_of(entry)) == ""


def test_a_person_without_a_role_decides_on_no_appeal(db):
    entry = SubmissionFactory(state=S.REJECTED)
    raw(
        "INSERT INTO appeals_appeal (submission_id, text, state, answer, rejection)"
        " VALUES (%s, 'Look again.', 'open', '', '')",
        [entry.pk],
    )
    appeal = entry.appeals.get()
    dismissed = (
        "state = 'dismissed', answer = 'No.', decided_at = now(), decided_by_id = {}"
    )
    for person in outsiders(entry.competition):
        assert own(appeal, dismissed, person) == BY_ROLE, person
    assert own(appeal, dismissed, moderator_of(entry)) == ""


# --- roles and invitations


def scopes():
    competition = CompetitionFactory()
    yield competition.organization, "organization", Invitation, Membership
    yield competition, "competition", CompetitionInvitation, CompetitionRole


def test_a_role_stays_with_its_person_and_where_it_was_given(db):
    elsewhere = {
        "organization": OrganizationFactory(),
        "competition": CompetitionFactory(),
    }
    for row, field, _invitations, roles in scopes():
        role = roles.objects.create(**{field: row}, user=UserFactory(), role=Role.JUROR)
        rule = "role_stays_with_its_person"
        assert by(role, f"user_id = {UserFactory().pk}") == rule
        assert by(role, f"{field}_id = {elsewhere[field].pk}") == rule
        assert by(role, "role = 'sponsor'") == ""


def test_an_invitation_is_sent_and_accepted_in_ones_own_name(db):
    rule = "invitation_by_its_person"
    for row, field, invitations, roles in scopes():
        inviter, invited, other = UserFactory(), UserFactory(), UserFactory()
        roles.objects.create(**{field: row}, user=inviter, role=Role.ORGANIZER)
        invite = partial(
            invitations.objects.create,
            **{field: row},
            email=invited.email,
            role=Role.JUROR,
            invited_by=inviter,
            digest="0" * 64,
        )
        act(other)
        refusal = attempt(invite)
        assert refusal
        assert refusal.name == rule
        act(inviter)
        invitation = invite()
        digest = f"digest = repeat('1', 64), invited_by_id = {inviter.pk}"
        accepted = f"accepted_at = now(), accepted_by_id = {invited.pk}"
        act(other)
        assert by(invitation, digest) == rule
        assert by(invitation, f"invited_by_id = {inviter.pk + 1}") == rule
        assert by(invitation, accepted) == rule
        assert by(invitation, "revoked_at = now()") == ""
        act(inviter)
        assert by(invitation, digest) == ""
        act(invited)
        assert by(invitation, accepted) == ""


# --- what else is under a person's name


def test_the_log_of_the_admin_names_the_person_who_acts(db):
    person = UserFactory()
    sql = (
        "INSERT INTO django_admin_log (user_id, action_time, action_flag, object_repr,"
        " change_message) VALUES (%s, now(), 2, 'x', '')"
    )
    act(UserFactory())
    assert refused(sql, [person.pk]) == "admin_log_by_its_person"
    act(person)
    assert refused(sql, [person.pk]) == ""


def test_a_like_is_given_in_ones_own_name(db):
    entry, person = SubmissionFactory(state=S.APPROVED), UserFactory()
    act(UserFactory())
    like = partial(Like.objects.create, submission=entry, user=person)
    refusal = attempt(like)
    assert refusal
    assert refusal.name == "like_by_its_person"
    act(person)
    assert attempt(like) is None


# --- mail and sessions

MAILS = [
    ("sent_at, attempts", "now(), 0", "mail_begins_unsent"),
    ("attempts", "8", "mail_begins_unsent"),
    ("not_before, attempts", "now() + interval '2 days', 0", "mail_begins_unsent"),
    ("not_before, attempts", "now() + interval '10 seconds', 0", ""),
]


@pytest.mark.parametrize(("columns", "values", "rule"), MAILS)
def test_a_mail_begins_unsent_and_goes_soon(db, columns, values, rule):
    sql = (
        f'INSERT INTO core_mail ("to", subject, body, template, {columns})'
        f" VALUES ('ada@example.org', 'x', 'x', '', {values})"
    )
    assert refused(sql) == rule


def test_attempts_to_send_a_mail_are_counted(db):
    raw(
        'INSERT INTO core_mail ("to", subject, body, template, attempts)'
        " VALUES ('ada@example.org', 'x', 'x', '', 0)"
    )
    key = one("SELECT max(id) FROM core_mail")
    sql = "UPDATE core_mail SET attempts = {} WHERE id = %s"
    assert refused(sql.format(8), [key]) == "mail_tries_are_counted"
    assert refused(sql.format(1), [key]) == ""


def test_a_session_does_not_last_for_years(db):
    sql = (
        "INSERT INTO django_session (session_key, session_data, expire_date)"
        " VALUES ('k', 'x', now() + {})"
    )
    assert refused(sql.format("interval '31 days'")) == "session_ends_in_time"
    raw(sql.format("interval '14 days'"))
    longer = "UPDATE django_session SET expire_date = now() + interval '9 years'"
    assert refused(longer) == "session_ends_in_time"
