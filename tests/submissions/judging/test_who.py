"""Who judges and who runs a round, by the pages and by SQL."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from competitions.roles.models import CompetitionRole
from mycenas.core.db.database import DatabaseNow
from submissions.judging import workflow
from submissions.judging.models import Assignment, Conflict, Juror
from submissions.judging.states import AssignmentState as A
from submissions.judging.states import RoundState
from tests.database.tools import alter, drop_guard, raw, refusal, refused
from tests.factories import UserFactory, moderator_of, organizer_of
from tests.sessions import client_of
from tests.submissions.judging.test_admin import change
from tests.submissions.judging.test_pages import form, page, queue, text
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db
SCORE = "INSERT INTO judging_score (assignment_id, version, given) VALUES (%s, %s, %s)"
REMARK = (
    "INSERT INTO judging_remark (assignment_id, version, kind, text)"
    " VALUES (%s, 1, 'note', 'x')"
)
ABSTAIN = (
    "UPDATE judging_assignment SET state = 'abstained', reason = 'x', moved_at = now()"
    " WHERE id = %s"
)
CONFLICT = (
    "INSERT INTO judging_conflict (user_id, submission_id, kind, reason,"
    " declared_by_id) VALUES (%s, %s, %s, '', %s)"
)


def said(jury: Jury, version: int = 1) -> dict[str, str]:
    """By what a juror says of the first entry: what refuses it."""
    pair = jury.pair().pk
    points = Jsonb({str(jury.criterion.pk): "7"})
    with acted_by(jury.jurors[0].user):
        return {
            "score": refused(SCORE, [pair, version, points]),
            "remark": refused(REMARK, [pair]),
            "abstention": refused(ABSTAIN, [pair]),
        }


def take_role_away(juror: Juror) -> None:
    CompetitionRole.objects.filter(user=juror.user).delete()


# --- jurors


def test_a_juror_scores_writes_and_abstains():
    assert set(said(Jury()).values()) == {""}


def test_after_the_end_nothing_is_taken_of_a_juror():
    jury = Jury()
    alter("ALTER TABLE judging_round DISABLE TRIGGER USER")
    raw("UPDATE judging_round SET closes_at = now() - interval '1 minute'")
    assert set(said(jury).values()) == {"score_while_open"}


def test_after_the_end_a_score_is_not_taken_back_by_abstaining():
    jury = Jury()
    client = client_of(jury.jurors[0].user)
    client.post(page(jury), form(jury))
    alter("ALTER TABLE judging_round DISABLE TRIGGER USER")
    raw("UPDATE judging_round SET closes_at = now() - interval '1 minute'")
    answer = client.post(page(jury, "abstain"), {"reason": "Too late."})
    assert "no score is taken any more" in text(answer)
    assert "Too late." in text(answer)
    assert jury.pair().state == A.SCORED


def test_in_a_cancelled_competition_nothing_is_taken():
    jury = Jury()
    alter("ALTER TABLE competitions_competition DISABLE TRIGGER USER")
    raw(
        "UPDATE competitions_competition SET cancelled_at = now(), cancel_reason = 'x'"
        " WHERE id = %s",
        [jury.competition.pk],
    )
    assert set(said(jury).values()) == {"score_while_open"}


def test_nothing_is_taken_of_an_absent_juror():
    jury = Jury()
    raw("UPDATE judging_juror SET absent_since = now()")
    assert set(said(jury).values()) == {"score_by_present_juror"}


def test_nothing_is_taken_of_a_juror_who_did_not_accept_the_rules():
    jury = Jury()
    alter("ALTER TABLE judging_juror DISABLE TRIGGER USER")
    raw("UPDATE judging_juror SET accepted_at = NULL")
    assert set(said(jury).values()) == {"score_by_present_juror"}


def test_a_pair_that_is_void_takes_no_words():
    jury = Jury()
    juror = jury.jurors[0].user
    with acted_by(juror):
        raw(CONFLICT, [juror.pk, jury.entries[0].pk, "team", juror.pk])
    assert said(jury)["remark"] == "score_without_conflict"


def test_nothing_is_taken_of_a_juror_whose_role_was_taken_away():
    jury = Jury()
    take_role_away(jury.jurors[0])
    assert set(said(jury).values()) == {"score_by_role"}


def test_who_lost_the_role_sees_neither_round_nor_entries():
    jury = Jury()
    client = client_of(jury.jurors[0].user)
    assert client.get(page(jury)).status_code == 200
    take_role_away(jury.jurors[0])
    for address in (queue(jury), page(jury), page(jury, "abstain")):
        assert client.get(address).status_code == 404


def test_who_lost_the_role_gets_no_entries_and_is_not_taken_back():
    jury = Jury()
    organizer = organizer_of(jury.competition)
    former, spare = jury.jurors[0], jury.join()
    take_role_away(former)
    shown = text(client_of(organizer).get(change(jury.round)))
    assert "has lost the role of juror" in shown
    workflow.take_in(jury.round, by=organizer)
    assert not former.assignments.exists()
    assert spare.assignments.count() == 2
    workflow.mark_absent(former, by=organizer)
    with refusal("juror_has_role"):
        workflow.mark_present(former, by=organizer)
    with refusal("juror_has_role"):
        Assignment.objects.create(
            round=jury.round, juror=former, submission=jury.entries[0], position=1
        )


# --- the people who run it


def runs(jury: Jury) -> list[tuple[str, list[Any]]]:
    """What organizers change by these statements."""
    this, juror = jury.round.pk, jury.jurors[0].pk
    return [
        ("UPDATE judging_round SET state = 'draft', opened_at = NULL WHERE id = %s",
         [this]),
        ("UPDATE judging_juror SET absent_since = now() WHERE id = %s", [juror]),
        ("DELETE FROM judging_assignment WHERE juror_id = %s", [juror]),
    ]  # fmt: skip


def runs_of_draft(jury: Jury) -> list[tuple[str, list[Any]]]:
    this, spare = jury.round.pk, UserFactory()
    CompetitionRole.objects.create(
        competition=jury.competition, user=spare, role="juror"
    )
    row = (
        "INSERT INTO judging_round (competition_id, name, position, method, aggregate,"
        " rules, readings, quorum, tie_break, advance, seed, seed_commitment, state,"
        " close_reason, cancel_reason) SELECT competition_id, 'Next', 2, method,"
        " aggregate, rules, readings, quorum, tie_break, advance, '', '', state, '', ''"
        " FROM judging_round WHERE id = %s"
    )
    return [
        (row, [this]),
        ("UPDATE judging_round SET closes_at = '2199-01-01' WHERE id = %s", [this]),
        ("UPDATE judging_criterion SET weight = 2 WHERE round_id = %s", [this]),
        ("DELETE FROM judging_criterion WHERE round_id = %s", [this]),
        ("DELETE FROM judging_candidate WHERE round_id = %s", [this]),
        ("DELETE FROM judging_juror WHERE round_id = %s", [this]),
        ("INSERT INTO judging_juror (round_id, user_id) VALUES (%s, %s)",
         [this, spare.pk]),
    ]  # fmt: skip


@pytest.mark.parametrize("is_open", [True, False])
def test_an_organizer_of_the_competition_runs_a_round(is_open):
    jury = Jury(is_open=is_open)
    statements = runs(jury) if is_open else runs_of_draft(jury)
    if is_open:  # The opening is taken back without assignments.
        alter("ALTER TABLE judging_round DISABLE TRIGGER round_opens_unassigned")
    strangers = [
        UserFactory(),
        jury.jurors[0].user,
        moderator_of(jury.competition),
        organizer_of(Jury().competition),
    ]
    for sql, values in statements:
        for person in strangers:
            with acted_by(person):
                assert refused(sql, values) == "judging_run_by_organizer", sql
        with acted_by(organizer_of(jury.competition)):
            assert refused(sql, values) == "", sql


def test_a_draft_is_deleted_by_an_organizer():
    jury = Jury(is_open=False, jurors=0, entries=0)
    jury.criterion.delete()
    with acted_by(UserFactory()), refusal("judging_run_by_organizer"):
        jury.round.delete()
    with acted_by(organizer_of(jury.competition)):
        jury.round.delete()


# --- conflicts


def conflict(jury: Jury, person: Any, by: Any, kind: str = "team") -> str:
    with acted_by(by):
        return refused(CONFLICT, [person.pk, jury.entries[0].pk, kind, by.pk])


def test_a_conflict_is_one_of_a_juror_of_the_competition():
    jury, other = Jury(), Jury()
    organizer = organizer_of(jury.competition)
    for person in (UserFactory(), other.jurors[0].user):
        assert conflict(jury, person, person) == "conflict_of_juror"
        assert conflict(jury, person, organizer) == "conflict_of_juror"
    former = jury.jurors[0]
    take_role_away(former)
    assert conflict(jury, former.user, organizer) == ""


def test_own_work_is_the_work_of_the_juror():
    jury = Jury()
    juror, artist = jury.jurors[0].user, jury.entries[0].participant
    assert conflict(jury, juror, juror, "own_work") == "conflict_own_work"
    CompetitionRole.objects.create(
        competition=jury.competition, user=artist, role="juror"
    )
    assert conflict(jury, artist, artist, "own_work") == ""


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("state = 'winner_announced', winners_announced_at = clock_timestamp()",
         "competition_is_final"),
        ("cancelled_at = now(), cancel_reason = 'x'", "competition_cancelled_stays"),
    ],
)  # fmt: skip
def test_no_conflict_is_declared_in_what_is_over(change, rule):
    jury = Jury()
    alter("ALTER TABLE competitions_competition DISABLE TRIGGER USER")
    sql = f"UPDATE competitions_competition SET {change} WHERE id = %s"
    raw(sql, [jury.competition.pk])
    juror = jury.jurors[0].user
    assert conflict(jury, juror, juror) == rule
    drop_guard("conflict_by_juror")
    assert conflict(jury, juror, juror) == ""


def test_the_same_conflict_sent_twice_is_stored_once():
    jury = Jury()
    client = client_of(jury.jurors[0].user)
    sent = {"kind": "team", "explanation": "We."}
    for _ in range(2):
        answer = client.post(page(jury, "conflict"), sent)
        assert answer["Location"] == page(jury, position=2)
    assert Conflict.objects.count() == 1
    another = client.post(page(jury, "conflict"), {**sent, "explanation": "Others."})
    assert "declared already" in text(another)
    assert "Others." in text(another)
    assert client.get(page(jury, "conflict")).status_code == 404


def test_the_same_abstention_sent_twice_is_stored_once():
    jury = Jury()
    client = client_of(jury.jurors[0].user)
    for _ in range(2):
        answer = client.post(page(jury, "abstain"), {"reason": "I know it."})
        assert answer["Location"] == page(jury, position=2)
    assert jury.pair().last_remark == 1


def test_without_an_actor_the_site_closes_a_round():
    jury = Jury(entries=1, quorum=1)
    with acted_by(jury.jurors[0].user):
        raw(SCORE, [jury.pair().pk, 1, Jsonb({str(jury.criterion.pk): "7"})])
    jury.round.move(RoundState.CLOSED, closed_at=DatabaseNow())
