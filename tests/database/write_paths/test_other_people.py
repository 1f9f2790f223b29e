"""A person changes nothing of others without a role for it, by any SQL."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password

from interactions.models import Like
from mycenas.accounts.models import Role
from tests.database.tools import raw, refused
from tests.database.write_paths.test_roles import act, by, insiders, outsiders
from tests.factories import (
    CampaignFactory,
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    organizer_of,
)

OF_AN_ACCOUNT = [
    "email = 'new@example.org'",
    "name = 'Another'",
    "password = 'x'",
    "is_active = false",
    "session_generation = session_generation + 1",
]


@pytest.mark.parametrize("change", OF_AN_ACCOUNT)
def test_an_account_is_changed_by_its_person_and_by_superusers(db, change):
    person, other = UserFactory(), UserFactory()
    boss = UserFactory(is_superuser=True, is_staff=True)
    act(other)
    assert by(person, change) == "user_by_itself"
    for one in (person, boss, None):
        act(one)
        assert by(person, change) == "", one


def test_only_a_superuser_makes_superusers(db):
    person = UserFactory()
    boss = UserFactory(is_superuser=True, is_staff=True)
    change = "is_superuser = true, is_staff = true"
    made = (
        "INSERT INTO accounts_user (password, is_superuser, is_staff, is_active,"
        " date_joined, email, name, session_generation) VALUES"
        " ('', true, true, true, now(), 'root@example.org', '', 0)"
    )
    act(person)
    assert by(person, change) == "user_by_itself"
    assert refused(made) == "user_by_itself"
    for one in (boss, None):
        act(one)
        assert by(person, change) == "", one
        assert refused(made) == "", one


def test_a_password_is_checked_and_signed_in_without_being_refused(db):
    """Another person who signs in, in the same browser, has another actor."""
    person, other = UserFactory(), UserFactory()
    act(other)
    assert by(person, "last_login = now()") == ""
    act(None)
    assert by(person, f"password = '{make_password('x')}'") == ""


def test_prizes_and_categories_are_changed_by_organizers(db):
    competition = CompetitionFactory()
    prize = competition.prizes.create(name="First")
    category = competition.categories.create(name="Oil", slug="oil")
    rule = "competition_part_by_organizer"
    for person in outsiders(competition):
        act(person)
        assert by(prize, "name = 'Mine'") == rule
        assert by(category, "name = 'Mine'") == rule
        assert refused("DELETE FROM competitions_prize") == rule
        act(None)
    for person in insiders(competition, Role.ORGANIZER):
        act(person)
        assert by(prize, "name = 'Mine'") == ""
        assert by(category, "name = 'Mine'") == ""
        act(None)


def test_likes_of_others_stay(db):
    person, other = UserFactory(), UserFactory()
    entry = SubmissionFactory(state="approved")
    Like.objects.create(submission=entry, user=person)
    boss = UserFactory(is_superuser=True, is_staff=True)
    act(other)
    assert refused("DELETE FROM interactions_like") == "like_by_its_person"
    for one in (person, boss, None):
        act(one)
        assert refused("DELETE FROM interactions_like") == "", one


@pytest.mark.parametrize("name", ["../../secret_key", "/etc/x.webp", "a/b.webp", "x"])
def test_a_picture_of_a_campaign_has_a_name_that_the_site_gives(db, name):
    campaign = CampaignFactory()
    change = f"picture = '{name}'"
    assert by(campaign, change) == "campaign_picture_has_name"
    assert by(campaign, "picture = 'a-B_9.webp'") == ""


PROPOSAL = (
    "INSERT INTO approvals_approval (kind, target_table, target_id, parameters, reason,"
    " state, proposed_by_id, expires_at, decision_reason) VALUES (%s, %s, %s,"
    " '{}', 'x', 'proposed', %s, now() + interval '1 day', '')"
)


def test_the_site_proposes_only_what_it_knows(db):
    entry = SubmissionFactory(state="approved")
    person = organizer_of(entry)
    act(person)
    for kind, table in (
        ("nonsense", "submissions_submission"),
        ("submissions.disqualify", "accounts_user"),
    ):
        wish = refused(PROPOSAL, [kind, table, entry.pk, person.pk])
        assert wish == "approval_has_known_kind"
    known = ["submissions.disqualify", "submissions_submission", entry.pk, person.pk]
    assert refused(PROPOSAL, known) == ""


def test_a_proposal_is_withdrawn_by_its_person_alone(db):
    entry = SubmissionFactory(state="approved")
    person = organizer_of(entry)
    act(person)
    raw(
        PROPOSAL,
        ["submissions.disqualify", "submissions_submission", entry.pk, person.pk],
    )
    withdrawn = (
        "UPDATE approvals_approval SET state = 'withdrawn', decided_at = now(),"
        f" decided_by_id = {person.pk}"
    )
    declined = withdrawn.replace("'withdrawn'", "'declined', decision_reason = 'x'")
    act(None)
    stranger = UserFactory()
    assert refused(withdrawn) == "approval_by_its_person"
    act(stranger)
    assert refused(withdrawn) == "approval_by_its_person"
    other = declined.replace(f"= {person.pk}", f"= {stranger.pk}")
    assert refused(other) == "submission_decided_by_role"
    act(person)
    assert refused(withdrawn) == ""
