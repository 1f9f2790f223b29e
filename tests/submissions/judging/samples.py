"""Rows of jury rounds that may change, for what is true of all tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from submissions.judging.models import Assignment, Conflict
from tests.database.tools import drop_guard, raw
from tests.submissions.judging.world import Jury, acted_by

# By table, a column that may change, and another value.
JUDGED = {
    "competitions_hold": ("name", "another"),
    "judging_assignment": ("position", "99"),
    "judging_candidate": ("submission_id", "999999999"),
    "judging_conflict": ("submission_id", "999999999"),
    "judging_criterion": ("name", "Another"),
    "judging_juror": ("absent_since", "2026-01-01T00:00:00+00:00"),
    "judging_round": ("name", "Another"),
}
GUARDS = {
    "judging_assignment": ["assignment_guard"],
    "judging_candidate": ["candidate_guard", "candidate_of_draft"],
    "judging_conflict": ["conflict_stays"],
}


def judged(table: str) -> Any:
    """A part of a round that is a draft, and that may change."""
    jury = Jury(is_open=False)
    for guard in GUARDS.get(table, ()):
        drop_guard(guard)
    raw("SET CONSTRAINTS ALL DEFERRED")
    if table == "judging_conflict":
        juror = jury.jurors[0].user
        with acted_by(juror):
            return Conflict.objects.create(
                user=juror, submission=jury.entries[0], kind="team", declared_by=juror
            )
    if table in ("judging_round", "judging_juror"):
        Assignment.objects.all().delete()
    found: dict[str, Callable[[], Any]] = {
        "judging_assignment": lambda: Assignment.objects.create(
            round=jury.round,
            juror=jury.jurors[0],
            submission=jury.entries[0],
            position=1,
        ),
        "judging_candidate": jury.round.candidates.first,
        "judging_criterion": lambda: jury.criterion,
        "competitions_hold": jury.competition.holds.get,
        "judging_juror": jury.round.jurors.first,
        "judging_round": lambda: jury.round,
    }
    return found[table]()
