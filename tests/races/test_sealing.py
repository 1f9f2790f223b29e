"""Two workers seal the same round: it has one result, and neither of them fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mycenas.core.draws.workflow import reveal
from mycenas.core.http.errors import constraint_of
from mycenas.core.results import workflow as results
from mycenas.core.results.models import Result
from submissions.judging.publishing import workflow
from submissions.judging.publishing.inputs import draws_of
from tests.database.tools import one, raw
from tests.races.tools import crowd, outcome, together, wait_for_waiting
from tests.submissions.judging.publishing.rounds import close, scored
from tests.submissions.judging.world import Jury

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 8
INDEX = "SELECT pg_get_indexdef('result_sealed_once'::regclass)"


def test_the_second_worker_waits_and_gets_the_result_of_the_first() -> None:
    jury = close(scored())
    with crowd() as people:
        with transaction.atomic():
            first = workflow.seal(jury.round)
            second = people.start(partial(workflow.seal, jury.round))
            wait_for_waiting(1)
        assert outcome(second) == first
    assert list(Result.objects.all()) == [first]


def test_many_workers_that_begin_at_once_seal_one_result() -> None:
    jury = close(scored())
    found = together(*[partial(workflow.seal, jury.round)] * WORKERS)
    assert set(found) == {Result.objects.get()}


def counted_twice(jury: Jury) -> str:
    """Count beside another worker without the lock; or the rule that refuses it."""

    def count() -> str:
        try:
            results.seal(workflow.NAME, jury.round.pk)
        except IntegrityError as error:
            return constraint_of(error)
        return ""

    for draw in draws_of(jury.round):
        reveal(draw)
    with crowd() as people:
        with transaction.atomic():
            assert count() == ""
            beside: Any = people.start(count)
            if one("SELECT to_regclass('result_sealed_once') IS NOT NULL"):
                wait_for_waiting(1)
            else:
                assert outcome(beside) == ""
        return str(outcome(beside))


@contextmanager
def without_index() -> Iterator[None]:
    definition = one(INDEX)
    raw("DROP INDEX result_sealed_once")
    try:
        yield
    finally:
        raw("TRUNCATE results_result CASCADE")
        raw(definition)


def test_the_database_refuses_a_second_result() -> None:
    jury = close(scored())
    assert counted_twice(jury) == "result_sealed_once"
    assert Result.objects.count() == 1


def test_without_the_rule_there_are_two_results() -> None:
    jury = close(scored())
    with without_index():
        assert counted_twice(jury) == ""
        assert Result.objects.count() == 2
