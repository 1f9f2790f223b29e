"""Ways around a move: another row, another key, another moment."""

from __future__ import annotations

from competitions.states import COMPETITION
from tests.database.tools import raw
from tests.database.write_paths.trying import attempt, whole
from tests.database.write_paths.world import TIMES, changes

LATER = "clock_timestamp() + interval '1 hour'"
EARLIER = "clock_timestamp() - interval '30 days'"


def name_of_refusal(row, assignment):
    """The guard that refuses it; the row is as it was."""
    before = whole(row)
    refusal = attempt(
        lambda: raw(f"UPDATE {row._meta.db_table} SET {assignment} WHERE id = {row.pk}")
    )
    assert whole(row) == before
    assert refusal is not None, assignment
    assert refusal.is_proper, refusal
    return refusal.name


def test_a_draft_comes_back_as_a_draft_only(world):
    draft = world["competition", "draft"]
    moved = changes(COMPETITION, draft, "open")

    def come_back_open():
        draft.prizes.all().delete()
        type(draft).objects.filter(pk=draft.pk).delete()
        for name, value in moved.items():
            setattr(draft, name, value)
        draft.save(force_insert=True)

    refusal = attempt(come_back_open)
    assert refusal is not None
    assert refusal.name == "competition_starts"


def test_what_belongs_to_a_competition_stays_in_it(world):
    closed, target = world["competition", "closed"], world["competition", "open"]
    move = f"competition_id = {target.pk}"
    assert name_of_refusal(closed.prizes.get(), move) == "competition_facts_stay"
    assert name_of_refusal(closed.awards.get(), move) == "award_to_approved_entry"
    final = world["competition", "winner_announced"]
    assert name_of_refusal(final.prizes.get(), move) == "competition_is_final"
    inverse = f"competition_id = {final.pk}"
    assert name_of_refusal(closed.awards.get(), inverse) == "competition_is_final"


def test_a_prize_of_another_competition_is_not_given(world):
    closed, other = world["competition", "closed"], world["competition", "moderation"]
    award = closed.awards.get()
    for change in (
        f"prize_id = {other.prizes.get().pk}",
        f"submission_id = {other.submissions.get().pk}",
    ):
        assert name_of_refusal(award, change) == "award_to_approved_entry"


def test_the_moments_of_a_competition_change_with_its_state_only(world):
    row = world["competition", "closed"]
    for column in TIMES:
        for moment in ("NULL", EARLIER, LATER):
            if getattr(row, column) is not None or moment != "NULL":
                assert name_of_refusal(row, f"{column} = {moment}"), column


def test_the_control_is_a_column_that_nobody_guards(world):
    row = world["competition", "open"]
    sql = "UPDATE competitions_competition SET summary = 'New' WHERE id = %s"
    assert attempt(lambda: raw(sql, [row.pk])) is None
