"""A closed round is counted once, from what its jurors said last."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mycenas.accounts.models import Role
from mycenas.core.approvals import workflow as approvals
from mycenas.core.canonical import read_canonical
from mycenas.core.draws.models import Draw
from mycenas.core.draws.states import DrawState
from mycenas.core.http.errors import NotAllowed, ProblemError
from mycenas.core.results.models import Result
from mycenas.core.results.workflow import propose_superseding, recounted
from submissions.judging.counting.methods import packed
from submissions.judging.models import Conflict
from submissions.judging.publishing import workflow
from submissions.judging.publishing.inputs import draw_of, draws_of
from submissions.judging.states import RoundState
from tests.database.approle import as_the_site
from tests.database.tools import drop_guard, raw
from tests.factories import UserFactory, disqualify, organizer_of, staff
from tests.submissions.judging.publishing.rounds import (
    close,
    publish,
    score,
    scored,
    sealed,
)
from tests.submissions.judging.world import acted_by

pytestmark = pytest.mark.django_db


def ranking_of(jury, result):
    """The entries by their numbers in the world of the test, the best first."""
    numbers = {one.public_id: n for n, one in enumerate(jury.entries)}
    return [numbers[row["entry"]] for row in result.document["ranking"]]


def test_leniency_is_taken_away():
    """By the means the last entry would be the last, behind one that it beats."""
    jury, result = sealed()
    assert ranking_of(jury, result) == [1, 2, 0]
    assert (result.method, result.parameters["aggregate"]) == (
        "weighted", "additive_fit",
    )  # fmt: skip
    assert recounted(result) == bytes(result.ranking)
    assert list(Result.objects.all()) == [result]


def test_the_last_score_counts_and_an_incomplete_one_does_not():
    jury = scored((("4", "6"), ("5", "5")), aggregate="mean")
    score(jury, 0, 0, "9", version=2)
    close(jury)
    result = workflow.seal(jury.round)
    assert ranking_of(jury, result) == [0, 1]
    values = {
        row["values"][str(jury.criterion.pk)]
        for row in read_canonical(bytes(result.inputs))["readings"]
    }
    assert values == {"9", "6", "5"}


def test_votes_are_counted_by_their_method():
    votes = (("no", "yes"), ("maybe", "maybe"))
    jury, result = sealed(votes, method="yes_no_maybe", tie_break=["most_yes"])
    assert ranking_of(jury, result) == [1, 0]
    assert result.parameters == {}


def test_no_juror_and_no_artist_is_named():
    jury, result = sealed()
    text = bytes(result.inputs).decode() + bytes(result.ranking).decode()
    for person in (*(one.user for one in jury.jurors), jury.entries[0].participant):
        assert person.email not in text
        assert person.name not in text
    assert read_canonical(bytes(result.inputs))["jurors"] == ["juror 1", "juror 2"]


def test_a_pair_with_a_conflict_does_not_count():
    jury = scored()
    juror, entry = jury.jurors[1].user, jury.entries[1]
    with acted_by(juror):
        Conflict.objects.create(
            user=juror, submission=entry, kind="team", declared_by=juror
        )
    close(jury)
    inputs = read_canonical(bytes(workflow.seal(jury.round).inputs))
    assert len(inputs["readings"]) == 4
    assert [pair[1] for pair in inputs["recused"]] == [entry.public_id]


def test_an_entry_that_left_before_the_close_is_not_counted():
    jury = scored()
    disqualify(jury.entries[1])
    close(jury)
    result = workflow.seal(jury.round)
    assert ranking_of(jury, result) == [2, 0]
    committed = draw_of(jury.round, "ties")
    assert committed is not None
    assert len(committed.listed) == 3


def test_ties_are_drawn_by_a_seed_that_was_committed_at_the_opening():
    jury = scored((("5",) * 6, ("5",) * 6))
    draw = draw_of(jury.round, "ties")
    assert draw is not None
    assert (draw.state, draw.seed) == (DrawState.COMMITTED, None)
    assert draw.listed == sorted(one.public_id for one in jury.entries)
    close(jury)
    result = workflow.seal(jury.round)
    draw.refresh_from_db()
    assert [row["entry"] for row in result.document["ranking"]] == draw.order
    assert {row["decided_by"] for row in result.document["ranking"][1:]} == {"draw"}


def test_each_opening_commits_draws_of_its_own():
    jury = scored(((None, None),))
    jury.round.assignments.all().delete()
    jury.round.move(RoundState.DRAFT, opened_at=None)
    jury.round.candidates.filter(submission=jury.entries[0]).delete()
    jury.round.move(RoundState.OPEN, opened_at=jury.round.created_at)
    draws = draws_of(jury.round)
    assert {one.purpose for one in draws} == {
        "ties 1", "queues 1", "ties 2", "queues 2",
    }  # fmt: skip
    assert {len(one.listed) for one in draws if one.purpose.endswith("2")} == {1}
    assert len({one.commitment for one in draws}) == 4


def test_the_sweep_seals_each_closed_round_once():
    """One that cannot be counted, here for want of its draw, holds up no other."""
    broken, whole, still_open = close(scored()), close(scored()), scored()
    for guard in ("draw_stays", "seed_stays"):
        drop_guard(guard)
    of_broken = Draw.objects.filter(subject_id=broken.round.pk)
    raw("DELETE FROM draws_seed WHERE draw_id = ANY(%s)", [[d.pk for d in of_broken]])
    raw("DELETE FROM draws_draw WHERE subject_id = %s", [broken.round.pk])
    assert workflow.seal_due() == 1
    assert Result.objects.get().subject_id == whole.round.pk
    assert workflow.seal_due() == 0
    assert still_open.round.state == RoundState.OPEN


def test_an_organizer_publishes_what_is_sealed():
    jury = close(scored())
    organizer = organizer_of(jury.competition)
    with pytest.raises(ProblemError, match="not counted yet"):
        workflow.publish(jury.round, by=organizer)
    workflow.seal(jury.round)
    with pytest.raises(NotAllowed):
        workflow.publish(jury.round, by=UserFactory())
    workflow.publish(jury.round, by=organizer)
    jury.round.refresh_from_db()
    assert jury.round.state == RoundState.PUBLISHED
    assert jury.round.published_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_site_itself_seals_and_publishes():
    """By its own role, which reads neither seeds nor, before the close, scores."""
    with as_the_site():
        jury = scored()
        close(jury)
        assert workflow.seal_due() == 1
        workflow.publish(jury.round, by=organizer_of(jury.competition))
        result = workflow.result_of(jury.round)
        assert result is not None
        assert ranking_of(jury, result) == [1, 2, 0]


def test_a_later_disqualification_is_counted_by_two_persons_only():
    jury, result = sealed()
    publish(jury)
    disqualify(jury.entries[1])
    assert workflow.seal(jury.round) == result
    approval = propose_superseding(
        result, reason="Copied.", by=organizer_of(jury.competition)
    )
    second = staff(Role.ORGANIZER, jury.competition.organization)
    approvals.confirm(approval, digest=approval.digest, by=second)
    other = workflow.result_of(jury.round)
    assert other is not None
    assert other.supersedes == result
    assert ranking_of(jury, other) == [2, 0]


def test_the_package_repeats_itself(tmp_path):
    _, result = sealed()
    package = tmp_path / "results.zip"
    package.write_bytes(packed(bytes(result.inputs), bytes(result.ranking)))
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", package, tmp_path], check=True
    )
    command = [sys.executable, "-I", tmp_path / "replay.py", package]
    done = subprocess.run(
        [*command, result.ranking_sha256], capture_output=True, text=True, check=True
    )
    assert "reproduced byte for byte" in done.stdout
    changed = bytes(result.inputs).replace(b'"4"', b'"5"')
    package.write_bytes(packed(changed, bytes(result.ranking)))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
