"""Doors that stood open once, tried by the site's role with nothing but SQL."""

from __future__ import annotations

from typing import Any

from submissions.intake.workflow import reserve
from tests.database.tools import one, raw
from tests.database.write_paths.trying import attempt, whole
from tests.factories import CategoryFactory, UserFactory, words


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


def test_the_doors_are_tried_by_the_site(world):
    assert one("SELECT session_user") == "mycenas_app"
    assert whole(world["competition", "closed"])["state"] == "closed"
