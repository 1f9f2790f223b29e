"""The same by SQL: what PostgreSQL refuses around the results of rounds."""

from __future__ import annotations

import pytest

from mycenas.accounts.models import Role
from mycenas.core.approvals import workflow as approvals
from mycenas.core.draws.models import Draw
from mycenas.core.http.errors import NotAllowed, sentence_for
from submissions.judging.publishing import awards, workflow
from submissions.judging.publishing.constraints import SENTENCES
from submissions.judging.states import RoundState
from submissions.review.workflow import give_award
from tests.database.tools import alter, drop_guard, raw, refusal, refused
from tests.factories import UserFactory, organizer_of, staff
from tests.submissions.judging.publishing.rounds import (
    close,
    close_below_quorum,
    score,
    scored,
    sealed,
)

pytestmark = pytest.mark.django_db

PUBLISH = (
    "UPDATE judging_round SET state = 'published', published_at = now() WHERE id = %s"
)
DRAW = "UPDATE draws_draw SET state = 'drawn', drawn_at = now() WHERE subject_id = %s"
COMMIT = (
    "INSERT INTO draws_draw (purpose, subject_table, subject_id, state, items,"
    " list_digest, commitment) SELECT 'queues 9', subject_table, subject_id,"
    " 'committed', items, list_digest, commitment FROM draws_draw"
    " WHERE subject_id = %s"
)


def test_a_round_without_a_result_is_not_published():
    jury = close(scored())
    assert refused(PUBLISH, [jury.round.pk]) == "round_published_with_result"
    drop_guard("round_published_with_result")
    assert refused(PUBLISH, [jury.round.pk]) == ""


def test_a_round_with_a_result_is_published():
    jury, _ = sealed()
    assert refused(PUBLISH, [jury.round.pk]) == ""


def test_an_open_round_has_no_result():
    """Not even one with all the documents of another round."""
    jury, (_, result) = scored(), sealed()
    insert = (
        "INSERT INTO results_result (kind, subject_table, subject_id, method, version,"
        " parameters, inputs, inputs_sha256, ranking, ranking_sha256) SELECT kind,"
        " subject_table, %s, method, version, parameters, inputs, inputs_sha256,"
        " ranking, ranking_sha256 FROM results_result WHERE id = %s"
    )
    assert refused(insert, [jury.round.pk, result.pk]) == "result_of_closed_round"
    drop_guard("result_of_closed_round")
    assert refused(insert, [jury.round.pk, result.pk]) == ""


def test_ties_are_not_drawn_while_the_round_is_open():
    jury = scored()
    assert refused(DRAW, [jury.round.pk]) == "draw_after_close"
    close(jury)
    assert refused(DRAW, [jury.round.pk]) == ""


def test_another_draw_is_not_committed_once_there_is_a_score():
    unscored, jury = scored(((None,),)), scored()
    commit = f"{COMMIT} LIMIT 1"
    assert refused(commit, [unscored.round.pk]) == "draw_once_per_opening"
    assert refused(commit, [jury.round.pk]) == "draw_before_scores"
    drop_guard("draw_before_scores")
    assert refused(commit, [jury.round.pk]) == ""


@pytest.mark.parametrize("purpose", ["ties 9", "queues 9"])
def test_no_draw_takes_the_place_of_one_that_was_committed_at_the_opening(purpose):
    """Its seed would be known to the process that made it."""
    jury = scored(((None,),))
    commit = COMMIT.replace("queues 9", purpose) + " LIMIT 1"
    assert refused(commit, [jury.round.pk]) == "draw_once_per_opening"
    jury.round.move(RoundState.DRAFT, opened_at=None)
    assert refused(commit, [jury.round.pk]) == "draw_of_opening"


@pytest.mark.parametrize("purpose", ["other 1", "ties", "ties 0", "tiess 1", ""])
def test_a_draw_of_another_purpose_is_not_committed(purpose):
    jury = scored(((None,),))
    commit = COMMIT.replace("queues 9", purpose) + " LIMIT 1"
    assert refused(commit, [jury.round.pk]) == "draw_of_opening"


def test_a_draw_of_another_purpose_does_not_hold_the_seal():
    """One that was committed before the guard has no seed."""
    jury = scored(((None,), (None,)))
    alter("ALTER TABLE draws_draw DISABLE TRIGGER draw_before_scores")
    raw(COMMIT.replace("queues 9", "other 1") + " LIMIT 1", [jury.round.pk])
    score(jury, 0, 0, "7")
    close(jury)
    assert workflow.seal(jury.round).pk


def test_seeds_are_made_by_the_database():
    first, second = scored(), scored()
    found = Draw.objects.filter(
        subject_id__in=[first.round.pk, second.round.pk]
    ).values_list("commitment", flat=True)
    assert len(set(found)) == 4


def test_a_prize_goes_to_no_entry_that_the_result_does_not_rank():
    jury = close_below_quorum(scored((("4", "6", None), ("6", "8", None))))
    workflow.seal(jury.round)
    prize, by = jury.competition.prizes.get(), organizer_of(jury.competition)
    with refusal("award_ranked"):
        give_award(prize, jury.entries[2], by=by)
    assert give_award(prize, jury.entries[0], by=by).pk


def test_a_prize_waits_for_the_result_and_goes_to_an_entry_of_it():
    jury = close(scored())
    prize, by = jury.competition.prizes.get(), organizer_of(jury.competition)
    with refusal("award_ranked"):
        give_award(prize, jury.entries[0], by=by)
    workflow.seal(jury.round)
    assert give_award(prize, jury.entries[0], by=by).pk


def test_two_persons_give_a_prize_to_an_entry_that_is_not_ranked():
    jury = scored()
    entry, prize = jury.entries[0], jury.competition.prizes.get()
    by = organizer_of(jury.competition)
    second = staff(Role.ORGANIZER, jury.competition.organization)
    name, parameters = awards.KIND.name, {"prize": prize.pk}
    with pytest.raises(NotAllowed):
        approvals.propose(name, entry.pk, reason="x", by=UserFactory())
    approval = approvals.propose(
        name, entry.pk, reason="The jury is ill.", by=by, parameters=parameters
    )
    with refusal("award_ranked"):
        give_award(prize, entry, by=by)
    approvals.confirm(approval, digest=approval.digest, by=second)
    with refusal("award_ranked"):
        give_award(prize, jury.entries[1], by=by)
    assert give_award(prize, entry, by=by).pk


def test_without_the_guard_any_entry_gets_the_prize():
    jury = scored()
    drop_guard("award_ranked")
    prize, by = jury.competition.prizes.get(), organizer_of(jury.competition)
    assert give_award(prize, jury.entries[0], by=by).pk


def test_every_guard_has_a_sentence():
    assert {name for name in SENTENCES if not sentence_for(name)} == set()
