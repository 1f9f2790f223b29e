"""Two moderators work through one queue at once: no entry is decided twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError

from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import LostRace
from mycenas.core.models import AuditEntry, Mail
from submissions.models import Submission
from submissions.review import workflow
from submissions.review.claims import workflow as claims
from submissions.states import SubmissionState as S
from tests.factories import CompetitionFactory, SubmissionFactory, moderator_of
from tests.races.tools import PATIENCE, together, without_trigger

pytestmark = pytest.mark.django_db(transaction=True)

FEW, MANY, RUNS = 16, 200, 20
# Seconds for all decisions of a moderator.
WHOLE_QUEUE = 300.0
SOAK = (pytest.mark.trial, pytest.mark.soak)

Pick = Callable[[Any, Any], Submission | None]


def queue_of(count: int) -> Any:
    competition = CompetitionFactory(state="open")
    for _ in range(count):
        SubmissionFactory(competition=competition, state=S.PENDING)
    return competition


def claimed(competition: Any, by: Any) -> Submission | None:
    """The next entry, claimed."""
    key = claims.claim_next([(competition.pk, 0)], by=by)
    return Submission.objects.get(pk=key) if key else None


def met_at_first(line: Barrier, competition: Any, by: Any) -> Submission | None:
    """The first entry in review; both moderators look at it before one decides."""
    found = competition.submissions.filter(state=S.PENDING).order_by("pk").first()
    line.wait(PATIENCE)
    return found  # type: ignore[no-any-return]


def work(
    competition: Any, by: Any, pick: Pick, decide: Callable[..., Any] = workflow.approve
) -> int:
    """Decide until the queue is empty; the number of refused decisions."""
    refused = 0
    while entry := pick(competition, by):
        try:
            decide(entry, by=by)
        except (LostRace, IntegrityError):
            refused += 1
    return refused


def both(competition: Any, pick: Pick, **rest: Any) -> int:
    """Two moderators work at once; how many of their decisions were refused."""
    people = [moderator_of(competition) for _ in range(2)]
    acts = [partial(work, competition, by, pick, **rest) for by in people]
    counts = together(*acts, patience=WHOLE_QUEUE)
    assert all(isinstance(count, int) for count in counts), counts
    return sum(counts)


def decisions(competition: Any) -> list[int]:
    """How often each entry was decided, by the journal."""
    keys = list(competition.submissions.values_list("pk", flat=True))
    rows = AuditEntry.objects.filter(
        table_name="submissions_submission", row_id__in=keys
    )
    found = Counter(
        row.row_id for row in rows if row.changes.get("decided_by_id", [0, 0])[1]
    )
    return [found[key] for key in keys]


@pytest.mark.parametrize(
    ("count", "runs"), [(FEW, 1), pytest.param(MANY, RUNS, marks=SOAK)]
)
def test_with_claims_each_entry_is_decided_once_and_no_decision_is_refused(count, runs):
    for _ in range(runs):
        competition = queue_of(count)
        assert both(competition, claimed) == 0
        assert decisions(competition) == [1] * count
        assert competition.submissions.filter(state=S.APPROVED).count() == count
        mails = Mail.objects.filter(body__contains=competition.title)
        assert mails.exclude(template="submissions/received").count() == count


def test_without_claims_one_of_two_decisions_is_refused():
    """The control of the claims: the state's condition alone prevents the second."""
    competition = queue_of(FEW)
    pick = partial(met_at_first, Barrier(2))
    assert both(competition, pick) == FEW
    assert decisions(competition) == [1] * FEW


def test_without_the_condition_on_the_state_entries_are_decided_twice():
    """The control of `move`: an update by the key alone, its guard switched off."""

    def careless(entry: Submission, *, by: Any) -> None:
        Submission.objects.filter(pk=entry.pk).update(
            state=S.APPROVED, decided_by=by, decided_at=DatabaseNow()
        )

    competition = queue_of(FEW)
    pick = partial(met_at_first, Barrier(2))
    with without_trigger("submission_decision_stays", "submissions_submission"):
        assert both(competition, pick, decide=careless) == 0
    assert decisions(competition) == [2] * FEW
