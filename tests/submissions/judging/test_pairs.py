"""Comparison of pairs: the page of its jurors, what is refused, and the result."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from psycopg.types.json import Jsonb

from submissions.judging.models import Assignment, Score
from submissions.judging.publishing.standings import standings_of
from submissions.judging.publishing.workflow import seal
from submissions.judging.states import AssignmentState as A
from tests.database.tools import refusal, refused, rows
from tests.sessions import client_of
from tests.submissions.judging.publishing.rounds import close, publish
from tests.submissions.judging.world import Jury, acted_by

pytestmark = pytest.mark.django_db
CHOSEN = "checked>"
SCORE = "INSERT INTO judging_score (assignment_id, version, given) VALUES (%s, %s, %s)"


@pytest.fixture
def jury() -> Jury:
    return Jury(method="bradley_terry", entries=3)


def client(jury: Jury, juror: int = 0) -> Client:
    return client_of(jury.jurors[juror].user)


def page(jury: Jury, position: int = 1) -> str:
    return reverse("judging:entry", args=[jury.round.pk, position])


def queue(jury: Jury, juror: int = 0) -> list[Assignment]:
    rows = Assignment.objects.filter(juror=jury.jurors[juror])
    return list(rows.select_related("submission").order_by("position"))


def form(better: str, other: int, after: int = 0) -> dict[str, str]:
    sent = {"other": str(other), "after": str(after), "note": "", "feedback": ""}
    return sent | ({"better": better} if better else {})


def saved(jury: Jury, pair: Assignment) -> list[Any]:
    with acted_by(jury.jurors[0].user):
        rows = Score.objects.filter(assignment=pair).order_by("version")
        return list(rows.values_list("version", "given"))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_each_entry_is_compared_with_the_next_and_the_last_with_the_first(jury):
    first, second, third = queue(jury)
    here = client(jury)
    for pair, other in ((first, second), (second, third), (third, first)):
        shown = text(here.get(page(jury, pair.position)))
        assert "judged-pair" in shown
        assert f'value="{other.submission_id}"' in shown
        sent = form("this", other.submission_id)
        here.post(page(jury, pair.position), sent)
        given = {"better": "this", "other": str(other.submission_id)}
        assert saved(jury, pair) == [(1, given)]
        pair.refresh_from_db()
        assert pair.state == A.SCORED


def test_a_comparison_without_an_answer_waits(jury):
    first, second, _ = queue(jury)
    answer = client(jury).post(page(jury), form("", second.submission_id), follow=True)
    assert "It counts once" in text(answer)
    assert saved(jury, first) == []


def test_the_other_entry_is_the_one_that_the_page_showed(jury):
    first, _, third = queue(jury)
    answer = client(jury).post(page(jury), form("this", third.submission_id))
    assert "another one now" in text(answer)
    assert saved(jury, first) == []


def test_an_answer_about_another_entry_is_not_chosen_again(jury):
    _first, second, third = queue(jury)
    here = client(jury)
    here.post(page(jury), form("this", second.submission_id))
    assert CHOSEN in text(here.get(page(jury)))
    where = [jury.round.pk, second.position]
    here.post(reverse("judging:abstain", args=where), {"reason": "I know it."})
    shown = text(here.get(page(jury)))
    assert f'value="{third.submission_id}"' in shown
    assert CHOSEN not in shown


def test_an_entry_that_the_juror_does_not_judge_is_not_the_other_one(jury):
    _first, second, third = queue(jury)
    here = client(jury)
    where = [jury.round.pk, second.position]
    here.post(reverse("judging:abstain", args=where), {"reason": "I know it."})
    assert f'value="{third.submission_id}"' in text(here.get(page(jury)))
    here.post(
        reverse("judging:abstain", args=[jury.round.pk, third.position]),
        {"reason": "I know it too."},
    )
    assert "judged-pair" not in text(here.get(page(jury)))


def test_postgresql_refuses_what_is_no_comparison(jury):
    first, second, _ = queue(jury)
    stranger = Jury(method="bradley_terry").entries[0].pk
    wrong: list[Any] = [
        {"better": "this"},
        {"other": str(second.submission_id)},
        {"better": "worse", "other": str(second.submission_id)},
        {"better": "this", "other": str(first.submission_id)},
        {"better": "this", "other": str(stranger)},
        {"better": "this", "other": None},
        {"better": "this", "other": str(second.submission_id), "vote": "yes"},
    ]
    with acted_by(jury.jurors[0].user):
        for given in wrong:
            values = [first.pk, 1, Jsonb(given)]
            assert refused(SCORE, values) == "score_on_scale", given


def test_comparisons_are_counted_by_bradley_and_terry(jury):
    best = jury.entries[0].pk
    for juror in (0, 1):
        here = client(jury, juror)
        pairs = queue(jury, juror)
        for pair, other in zip(pairs, [*pairs[1:], pairs[0]], strict=True):
            keys = (pair.submission_id, other.submission_id)
            better = {best: "this"}.get(keys[0], "other" if best in keys else "equal")
            here.post(page(jury, pair.position), form(better, keys[1]))
    close(jury)
    seal(jury.round)
    publish(jury)
    (standing,) = standings_of(jury.competition)
    assert standing.places[0].entry.pk == best
    where = [jury.competition.slug, jury.round.pk]
    shown = text(Client().get(reverse("submissions:result", args=where)))
    assert "2 jurors, 6 comparisons, 0 recusals" in shown
    for words in ("better than", "equal to", "not as good as", "Bradley"):
        assert words in shown


def readings(jury: Jury) -> list[int]:
    """How many jurors read each entry, by what PostgreSQL counts."""
    found = dict(rows("SELECT * FROM judging_readings(%s)", [jury.round.pk]))
    return [found[entry.pk] for entry in jury.entries]


def test_a_comparison_with_what_the_juror_does_not_judge_is_no_reading(jury):
    first, second, _third = queue(jury)
    here = client(jury)
    here.post(page(jury), form("this", second.submission_id))
    assert sorted(readings(jury)) == [0, 1, 1]
    where = [jury.round.pk, second.position]
    here.post(reverse("judging:abstain", args=where), {"reason": "I know it."})
    first.refresh_from_db()
    assert first.state == A.SCORED
    assert readings(jury) == [0, 0, 0]
    with refusal("round_quorum_met"):
        close(jury)


def test_the_quorum_of_the_result_is_the_one_of_the_close(jury):
    """Each juror compares two of three entries, and so reads all of them."""
    for juror in (0, 1):
        pairs = queue(jury, juror)
        for pair, other in pairwise(pairs):
            sent = form("this", other.submission_id)
            client(jury, juror).post(page(jury, pair.position), sent)
    assert readings(jury) == [2, 2, 2]
    close(jury)
    assert seal(jury.round).document["quorum"]["short"] == []
