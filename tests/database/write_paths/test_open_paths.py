"""Doors that stood open once, tried by the site's role with nothing but SQL."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from competitions.roles.models import CompetitionRole
from mycenas.accounts.models import Membership, Role
from mycenas.core.approvals.models import Approval
from mycenas.core.db import database
from submissions.intake.workflow import reserve
from submissions.models import Submission, Upload
from tests.database.tools import one, raw, refused
from tests.database.write_paths.trying import act, attempt, whole
from tests.factories import (
    CampaignFactory,
    CategoryFactory,
    CompetitionFactory,
    UserFactory,
    words,
)


def passes(*statements: str) -> bool:
    def run() -> None:
        for statement in statements:
            raw(statement)

    return attempt(run) is None


def change(row: Any, assignment: str) -> str:
    return f"UPDATE {row._meta.db_table} SET {assignment} WHERE id = {row.pk}"


def test_a_temporary_table_does_not_stand_in_for_the_competition(world):
    """``pg_temp`` is searched first by a function without a search path of its own."""
    closed, person = world["competition", "closed"], UserFactory()

    def enter() -> object:
        return reserve(closed, words(), by=person)

    late = attempt(enter)
    assert late is not None
    assert late.name == "submission_competition_takes_entries"
    raw(
        "CREATE TEMP TABLE competitions_competition"
        " AS SELECT * FROM public.competitions_competition"
    )
    raw(
        "UPDATE pg_temp.competitions_competition SET state = 'open',"
        " closes_at = clock_timestamp() + interval '1 day'"
    )
    assert attempt(enter) == late


def test_a_temporary_table_does_not_hide_undecided_entries(world):
    entry = world["submission", "pending"]
    competition = entry.competition
    raw(
        "UPDATE competitions_competition SET state = 'moderation', closes_at = now(),"
        " deadline_reason = 'x', moderation_started_at = clock_timestamp()"
        " WHERE id = %s",
        [competition.pk],
    )
    close = change(competition, "state = 'closed', closed_at = clock_timestamp()")
    assert not passes(close)
    nobody = "AS SELECT * FROM public.submissions_submission WITH NO DATA"
    assert not passes(f"CREATE TEMP TABLE submissions_submission {nobody}", close)


def test_the_site_writes_no_audit_of_its_own(world):
    """``audit()`` runs as the owner on whatever table a trigger puts it."""
    assert not passes(
        "CREATE TEMP TABLE competitions_competition (id bigint, state text)",
        "CREATE TRIGGER forged AFTER INSERT ON pg_temp.competitions_competition"
        " FOR EACH ROW EXECUTE FUNCTION public.audit('', '')",
        "INSERT INTO pg_temp.competitions_competition VALUES (42, 'open')",
    )


def test_a_ticket_stays_in_its_competitions_categories(world):
    entry = world["submission", "reserved"]
    other = CategoryFactory(competition=world["competition", "draft"])
    assert not passes(change(entry, f"category_id = {other.pk}"))


def test_a_move_does_not_rewrite_earlier_moments(world):
    row = world["competition", "moderation"]
    move = "state = 'closed', closed_at = clock_timestamp()"
    assert passes(f"{change(row, move)} AND false")
    assert not passes(change(row, f"{move}, opened_at = '1999-01-01'"))


def test_a_moment_is_the_clocks(world):
    """Not a date of one's choice, years ahead."""
    row = world["competition", "moderation"]
    assert not passes(change(row, "state = 'closed', closed_at = '2999-01-01'"))


def test_an_approval_is_not_renewed_along_with_what_it_approved(world):
    row = world["campaign", "running"]
    renew = "approved_at = approved_at + interval '1 microsecond'"
    assert not passes(change(row, f"headline = 'Another', {renew}"))


def test_an_ended_campaign_is_not_deleted_to_begin_again(world):
    row = world["campaign", "ended"]
    delete = f"DELETE FROM campaigns_campaign WHERE id = {row.pk}"
    assert not passes(delete)


def test_a_campaign_keeps_its_key(world):
    row = world["campaign", "running"]
    assert not passes(change(row, f"id = {row.pk + 100_000}"))


def test_pictures_of_a_final_competition_stay(world):
    final = world["competition", "winner_announced"]
    entry = final.submissions.get()
    delete = f"DELETE FROM submissions_rendition WHERE submission_id = {entry.pk}"
    assert entry.renditions.exists()
    assert not passes(delete)


def test_an_award_keeps_its_key(world):
    award = world["competition", "closed"].awards.get()
    assert not passes(change(award, f"id = {award.pk + 100_000}"))


def test_rows_of_the_journal_keep_their_keys(world):
    """Under another key a row begins a history anew."""
    competition, spare = world["competition", "open"], UserFactory()
    CategoryFactory(competition=competition)
    CompetitionRole.objects.create(
        competition=competition, user=UserFactory(), role=Role.JUROR
    )
    Membership.objects.create(
        organization=competition.organization, user=UserFactory(), role=Role.JUROR
    )
    for table in (
        "accounts_membership",
        "competitions_category",
        "competitions_prize",
        "roles_competitionrole",
    ):
        key = one(f"SELECT max(id) FROM {table}")
        assert key, table
        change_key = f"UPDATE {table} SET id = id + 100000 WHERE id = {key}"
        assert refused(change_key) == "key_stays", table
    assert refused(change(spare, "id = id + 100000")) == "key_stays"
    raw("INSERT INTO accounts_organization (name, slug) VALUES ('Spare', 'spare')")
    change_key = (
        "UPDATE accounts_organization SET id = id + 100000 WHERE slug = 'spare'"
    )
    assert refused(change_key) == "key_stays"


def test_an_upload_stays_with_its_entry(world):
    upload = Upload.objects.create(submission=world["submission", "reserved"])
    other = world["submission", "pending"]
    moved = change(upload, f"submission_id = {other.pk}")
    assert refused(moved) == "upload_stays_with_its_entry"


def test_a_ticket_begins_undecided_and_unchecked(world):
    competition = CompetitionFactory(state="open")
    for facts in (
        {"decided_by": UserFactory()},
        {"decision_reason": "because"},
        {"attempt": 7},
        {"strikes": 2},
        {"fault": "broken"},
        {"media_type": "image/jpeg"},
    ):
        enter = partial(
            Submission.objects.create,
            competition=competition,
            participant=UserFactory(),
            **facts,
        )
        ticket = attempt(enter)
        assert ticket is not None, facts
        assert ticket.name == "submission_begins_with_arrival", facts


def test_nothing_is_decided_under_the_name_of_another(world):
    award = world["competition", "closed"].awards.get()
    draft, other = CampaignFactory(), UserFactory()
    raw("SELECT set_config('mycenas.actor', %s, false)", [str(UserFactory().pk)])
    again = (
        "INSERT INTO submissions_award (citation, awarded_at, awarded_by_id,"
        " competition_id, prize_id, submission_id) SELECT '', now(), awarded_by_id,"
        " competition_id, prize_id, submission_id FROM submissions_award"
        f" WHERE id = {award.pk}"
    )
    assert refused(again) == "award_by_its_person"
    approved = f"approved_at = now(), approved_by_id = {other.pk}"
    assert refused(change(draft, approved)) == "campaign_approved_by_its_person"
    raw("SELECT set_config('mycenas.actor', '', false)")


def test_a_proposal_does_not_stay_open_for_years(world):
    entry, person = world["submission", "approved"], UserFactory()
    act(person.pk)
    proposal = attempt(
        lambda: Approval.objects.create(
            kind="submissions.disqualify",
            target_table="submissions_submission",
            target_id=entry.pk,
            reason="why",
            proposed_by=person,
            expires_at=database.now() + timedelta(days=15),
        )
    )
    assert proposal is not None
    assert proposal.name == "approval_expires_in_time"


def test_the_doors_are_tried_by_the_site(world):
    assert one("SELECT session_user") == "mycenas_app"
    assert whole(world["competition", "closed"])["state"] == "closed"
