"""What PostgreSQL holds of a jury round."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError
from psycopg.types.json import Jsonb

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import policy_refusal
from mycenas.core.models import AuditEntry
from submissions.judging.models import Conflict, Remark, Score
from submissions.judging.publishing.workflow import seal
from submissions.judging.states import AssignmentState, RemarkKind, RoundState
from tests.database.tools import drop_guard, one, raw, refusal, refused, rows
from tests.factories import AwardFactory, UserFactory, organizer_of
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db
SCORE = "INSERT INTO judging_score (assignment_id, version, given) VALUES (%s, %s, %s)"


def points(jury: Jury, value: str) -> Jsonb:
    return Jsonb({str(jury.criterion.pk): value})


def test_a_juror_scores():
    jury = Jury()
    pair = jury.pair()
    with acted_by(jury.jurors[0].user):
        raw(SCORE, [pair.pk, 1, points(jury, "7")])
        raw(SCORE, [pair.pk, 2, points(jury, "8")])
    pair.refresh_from_db()
    assert (pair.state, pair.last_version) == (AssignmentState.SCORED, 2)


def test_an_incomplete_score_is_kept_and_marks_nothing():
    jury = Jury()
    pair = jury.pair()
    with acted_by(jury.jurors[0].user):
        raw(SCORE, [pair.pk, 1, Jsonb({})])
    pair.refresh_from_db()
    assert (pair.state, pair.last_version) == (AssignmentState.ASSIGNED, 1)


def test_what_no_juror_may_score():
    jury = Jury()
    pair, (first, second) = jury.pair(), jury.jurors
    with acted_by(first.user):
        for values in ("11", "0", "1.5", "x", "1e1", ""):
            assert (
                refused(SCORE, [pair.pk, 1, points(jury, values)]) == "score_on_scale"
            )
        assert refused(SCORE, [pair.pk, 2, points(jury, "7")]) == "score_version_next"
    with acted_by(second.user):
        assert refused(SCORE, [pair.pk, 1, points(jury, "7")]) == "score_by_its_juror"
    assert refused(SCORE, [pair.pk, 1, points(jury, "7")]) == "score_by_its_juror"


def test_a_sealed_score_is_read_by_its_juror_alone():
    jury = Jury()
    first, second = jury.jurors
    with acted_by(first.user):
        raw(SCORE, [jury.pair().pk, 1, points(jury, "7")])
        assert Score.objects.count() == 1
    with acted_by(second.user):
        assert Score.objects.count() == 0
    assert Score.objects.count() == 0


def test_after_the_close_scores_are_read_and_none_is_taken():
    jury = Jury(entries=1)
    for which, juror in enumerate(jury.jurors):
        with acted_by(juror.user):
            raw(SCORE, [jury.pair(which).pk, 1, points(jury, "7")])
    jury.round.move(RoundState.CLOSED, closed_at=DatabaseNow())
    assert Score.objects.count() == 2
    with acted_by(jury.jurors[0].user):
        assert (
            refused(SCORE, [jury.pair().pk, 2, points(jury, "9")]) == "score_while_open"
        )
    assert refused("UPDATE judging_score SET version = 9") == "score_stays"
    assert refused("DELETE FROM judging_score") == "score_stays"


def test_a_round_below_quorum_is_closed_by_two():
    jury = Jury()
    with refusal("round_quorum_met"):
        jury.round.move(
            RoundState.CLOSED, closed_at=DatabaseNow(), close_reason="Late."
        )


def test_a_conflict_makes_its_pair_void():
    jury = Jury()
    juror, entry = jury.jurors[0], jury.entries[0]
    with acted_by(juror.user):
        raw(SCORE, [jury.pair().pk, 1, points(jury, "7")])
        Conflict.objects.create(
            user=juror.user, submission=entry, kind="team", declared_by=juror.user
        )
    assert jury.pair().state == AssignmentState.VOID
    with acted_by(juror.user):
        assert (
            refused(SCORE, [jury.pair().pk, 2, points(jury, "7")])
            == "score_without_conflict"
        )


def test_settings_of_an_open_round_are_fixed():
    jury = Jury()
    for change in (
        "method = 'yes_no_maybe'",
        "aggregate = 'mean'",
        "quorum = 2",
        "readings = 5",
        "name = 'Other'",
        "seed = ''",
        "closes_at = now() + interval '1 day'",
        "opened_at = now()",
    ):
        sql = f"UPDATE judging_round SET {change} WHERE id = %s"
        assert refused(sql, [jury.round.pk]) == "round_settings_fixed", change
    assert refused("UPDATE judging_criterion SET weight = 2") == "round_settings_fixed"
    assert refused("DELETE FROM judging_candidate") == "round_settings_fixed"


MOMENTS = """
SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE (relname LIKE 'judging\\_%%' OR relname = 'competitions_hold')
  AND relkind = 'r' AND atttypid = 'timestamptz'::regtype AND attnum > 0
"""
# Whose end organizers choose.
PLANNED = ("judging_round", "closes_at")


def test_no_statement_writes_a_moment_of_its_choice():
    jury = Jury()
    juror = jury.jurors[0].user
    with acted_by(juror):
        raw(SCORE, [jury.pair().pk, 1, points(jury, "7")])
        Conflict.objects.create(
            user=juror, submission=jury.entries[1], kind="team", declared_by=juror
        )
        for table, column in rows(MOMENTS):
            sql = f"UPDATE {table} SET {column} = '2190-01-01'"
            if (table, column) == PLANNED or refused(sql):
                continue
            raw(sql)
            found = f"SELECT count(*) FROM {table} WHERE {column} = '2190-01-01'"
            # The site's role has no privilege to update the others.
            is_read_only = table in ("competitions_hold", "judging_score")
            assert is_read_only or one(found) == 0, (table, column)


def test_a_scored_round_does_not_become_a_draft():
    jury = Jury()
    with acted_by(jury.jurors[0].user):
        raw(SCORE, [jury.pair().pk, 1, Jsonb({})])
    with refusal("round_is_scored"):
        jury.round.move(RoundState.DRAFT, opened_at=None)


def test_an_unscored_round_becomes_a_draft():
    jury = Jury()
    jury.round.move(RoundState.DRAFT, opened_at=None)


def test_a_round_holds_the_announcement():
    jury = Jury()
    # No result ranks the entry yet.
    drop_guard("award_ranked")
    AwardFactory(submission=jury.entries[0])
    sql = (
        "UPDATE competitions_competition SET state = 'winner_announced',"
        " winners_announced_at = now() WHERE id = %s"
    )
    assert refused(sql, [jury.competition.pk]) == "competition_hold"


def test_row_level_security_stands_behind_the_guard():
    """Without the guard the policy refuses by itself, with SQLSTATE 42501."""
    jury = Jury()
    raw("DROP TRIGGER score_guard ON judging_score")
    with pytest.raises(ProgrammingError) as caught, acted_by(jury.jurors[1].user):
        raw(SCORE, [jury.pair().pk, 1, points(jury, "7")])
    assert policy_refusal(caught.value) is not None


def test_the_database_counts_what_is_sealed():
    """Entries below the quorum are found, and no score is read."""
    jury = Jury()
    assert one("SELECT judging_has_scores(%s)", [jury.round.pk]) is False
    for which, juror in enumerate(jury.jurors):
        with acted_by(juror.user):
            raw(SCORE, [jury.pair(which).pk, 1, points(jury, "7")])
    assert Score.objects.count() == 0
    assert one("SELECT judging_has_scores(%s)", [jury.round.pk]) is True
    counted = rows("SELECT * FROM judging_readings(%s)", [jury.round.pk])
    assert dict(counted) == {jury.entries[0].pk: 2, jury.entries[1].pk: 0}
    close = "UPDATE judging_round SET state = 'closed', closed_at = now()"
    assert refused(close) == "round_quorum_met"


def test_a_complete_score_stays_complete():
    jury = Jury()
    with acted_by(jury.jurors[0].user):
        raw(SCORE, [jury.pair().pk, 1, points(jury, "7")])
        given = [jury.pair().pk, 2, Jsonb({})]
        assert refused(SCORE, given) == "score_stays_complete"


def test_a_conflict_is_declared_by_the_juror_or_an_organizer():
    jury = Jury()
    juror, entry, other = jury.jurors[0].user, jury.entries[0], UserFactory()
    sql = (
        "INSERT INTO judging_conflict (user_id, submission_id, kind, reason,"
        " declared_by_id) VALUES (%s, %s, 'team', '', %s)"
    )
    with acted_by(other):
        values = [juror.pk, entry.pk, other.pk]
        assert refused(sql, values) == "conflict_by_juror_or_organizer"
        assert refused(sql, [juror.pk, entry.pk, juror.pk]) == "conflict_by_its_person"
    organizer = organizer_of(jury.competition)
    for person in (juror, organizer):
        with acted_by(person):
            assert refused(sql, [juror.pk, entry.pk, person.pk]) == ""


def test_an_assignment_is_void_by_a_conflict_or_unscored_by_absence():
    jury = Jury()
    absent, present = jury.jurors
    with acted_by(absent.user):
        raw(SCORE, [jury.pair().pk, 1, points(jury, "7")])
    raw("UPDATE judging_juror SET absent_since = now() WHERE id = %s", [absent.pk])
    void = "UPDATE judging_assignment SET state = 'void', reason = 'x' WHERE id = %s"
    rule = "assignment_void_by_conflict"
    assert refused(void, [jury.pair(0, 0).pk]) == rule
    assert refused(void, [jury.pair(1, 0).pk]) == rule
    assert refused(void, [jury.pair(0, 1).pk]) == ""
    assert present.absent_since is None


@pytest.mark.parametrize(
    "ties",
    [["luck"], ["mean", "mean"], ["most_yes"], ["criterion:0"], [1], {"a": 1}, "mean"],
)
def test_a_round_opens_with_rules_that_its_method_knows(ties):
    with refusal("round_knows_ties"):
        Jury(tie_break=ties)


def test_rules_of_its_method_open_a_round():
    Jury(tie_break=["median", "best"])
    Jury(tie_break=["most_yes", "fewest_no"], method="yes_no_maybe")


def test_a_note_is_read_by_its_juror_alone_and_feedback_after_publication():
    jury = Jury(entries=1)
    sql = (
        "INSERT INTO judging_remark (assignment_id, version, kind, text)"
        " VALUES (%s, %s, %s, 'x')"
    )
    for which, juror in enumerate(jury.jurors):
        with acted_by(juror.user):
            raw(SCORE, [jury.pair(which).pk, 1, points(jury, "7")])
            for version, kind in enumerate(RemarkKind.values, 1):
                raw(sql, [jury.pair(which).pk, version, kind])
            values = [jury.pair(1 - which).pk, 3, "note"]
            assert refused(sql, values) == "score_by_its_juror"
            assert Remark.objects.count() == 2
    assert Remark.objects.count() == 0
    jury.round.move(RoundState.CLOSED, closed_at=DatabaseNow())
    assert Remark.objects.count() == 0
    with acted_by(jury.jurors[0].user):
        assert refused(sql, [jury.pair().pk, 3, "note"]) == "score_while_open"
    seal(jury.round)
    jury.round.move(RoundState.PUBLISHED, published_at=DatabaseNow())
    assert [one.kind for one in Remark.objects.all()] == ["feedback", "feedback"]
    assert refused("UPDATE judging_remark SET text = 'y'") == "remark_stays"
    assert refused("DELETE FROM judging_remark") == "remark_stays"


def test_the_journal_has_no_score_remark_seed_or_reason_of_a_conflict():
    jury = Jury()
    with acted_by(jury.jurors[0].user):
        raw(SCORE, [jury.pair().pk, 1, points(jury, "7")])
        Conflict.objects.create(
            user=jury.jurors[0].user,
            submission=jury.entries[1],
            kind="household",
            reason="We live together.",
            declared_by=jury.jurors[0].user,
        )
    tables = {f"judging_{name}" for name in ("score", "remark")}
    assert not AuditEntry.objects.filter(table_name__in=tables).exists()
    told = str(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert jury.round.seed_commitment in told
    for secret in (jury.round.seed, "We live together.", "household"):
        assert secret not in told
    void = jury.pair(0, 1)
    assert (void.state, void.reason) == (AssignmentState.VOID, "conflict")
