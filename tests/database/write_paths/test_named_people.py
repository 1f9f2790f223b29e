"""Nothing is decided in the name of a person who does not act, by any SQL."""

from __future__ import annotations

from functools import partial

from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey

from campaigns.states import CampaignState as C
from mycenas.core.audit.actor import in_name_of
from mycenas.core.db.database import DatabaseNow
from mycenas.core.models import AuditEntry
from submissions.review import workflow as review
from submissions.review.permits.models import Permit
from submissions.states import SubmissionState as S
from tests.database.tools import raw, rows
from tests.database.write_paths.test_roles import act, by
from tests.database.write_paths.trying import attempt
from tests.factories import (
    DAY,
    CampaignFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
)

# Columns with the name of a person that need no actor of the trigger, and why.
WITHOUT = {
    "accounts_invitation.accepted_by_id": "the account with the invited address",
    "roles_competitioninvitation.accepted_by_id": "the same",
    "accounts_invitation.invited_by_id": "of another actor is refused by its guard",
    "roles_competitioninvitation.invited_by_id": "of another actor is refused, too",
    "exports_export.requested_by_id": "of another actor is refused by its guard",
    "campaigns_campaign.created_by_id": "of another actor is refused by its guard",
    "appeals_appeal.rejected_by_id": "copied from the entry by its guard",
    "judging_conflict.declared_by_id": "guarded with the tables of juries",
}


def test_all_columns_that_name_a_person_are_known(db):
    named = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey)
        and field.remote_field.model._meta.label == settings.AUTH_USER_MODEL
        and field.name.endswith("_by")
    }
    guarded = {
        f"{table}.{column}"
        for table, column in rows(
            "SELECT tgrelid::regclass::text, substring(pg_get_triggerdef(oid)"
            " FROM $$named_by_its_person\\('[a-z_]+', '([a-z_]+)'\\)$$)"
            " FROM pg_trigger WHERE pg_get_triggerdef(oid) ~ 'named_by_its_person\\('"
        )
    }
    assert guarded | set(WITHOUT) == named
    assert not guarded & set(WITHOUT)


def decisions():
    """A row, what decides on it, its person, and the rule."""
    entry = SubmissionFactory(state=S.PENDING)
    decided = "decided_at = now(), decided_by_id = {}"
    yield (
        entry,
        f"state = 'approved', {decided}",
        moderator_of(entry),
        "submission_decided_by_its_person",
    )
    draft = CampaignFactory(state=C.DRAFT)
    yield (
        draft,
        "approved_at = now(), approved_by_id = {}",
        organizer_of(draft),
        "campaign_approved_by_its_person",
    )
    asked = SubmissionFactory(state=S.PENDING)
    person = moderator_of(asked)
    with in_name_of(person):
        permit = Permit.objects.create(
            submission=asked,
            reason="Scan it larger.",
            requested_by=person,
            expires_at=DatabaseNow() + DAY,
        )
    yield (
        permit,
        "state = 'withdrawn', ended_at = now(), ended_by_id = {}",
        person,
        "permit_by_its_person",
    )


def test_the_site_decides_nothing_without_an_actor_or_for_another(db):
    for row, change, person, rule in decisions():
        act(None)
        assert by(row, change.format(person.pk)) == rule, row
        act(UserFactory())
        assert by(row, change.format(person.pk)) != "", row
        act(person)
        assert by(row, change.format(person.pk)) == "", row
        # The next row is made without an actor.
        act(None)


def test_prizes_and_permits_are_not_given_without_an_actor(db):
    competition = contest("closed")
    entry, prize = competition.submissions.get(), competition.prizes.first()
    person = organizer_of(competition)
    give = partial(
        raw,
        "INSERT INTO submissions_award (competition_id, prize_id, submission_id,"
        " citation, awarded_by_id) VALUES (%s, %s, %s, '', %s)",
        [competition.pk, prize.pk, entry.pk, person.pk],
    )
    act(None)
    refusal = attempt(give)
    assert refusal
    assert refusal.name == "award_by_its_person"
    act(person)
    assert attempt(give) is None


def test_a_command_decides_in_the_name_of_the_person_that_it_names(db):
    entry = SubmissionFactory(state=S.PENDING)
    person = moderator_of(entry)
    act(None)
    review.approve(entry, by=person)
    last = AuditEntry.objects.filter(row_id=entry.pk).order_by("-pk").first()
    assert last
    assert last.actor == person.pk
