"""Withdrawal: by whom, and in which states."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mycenas.core.http.errors import ProblemError
from submissions.receipts import workflow
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory, UserFactory, contest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (S.RESERVED, True),
        (S.RECEIVED, True),
        (S.PROCESSING, False),
        (S.QUARANTINED, True),
        (S.PENDING, True),
        (S.APPROVED, True),
        (S.REJECTED, False),
        (S.WITHDRAWN, False),
    ],
)
def test_artists_can_take_their_work_back(state, possible):
    entry = SubmissionFactory(state=state)
    assert workflow.can_withdraw(entry) is possible
    if possible:
        workflow.withdraw(entry, by=entry.participant)
        assert (entry.state, bool(entry.withdrawn_at)) == (S.WITHDRAWN, True)
    else:
        with pytest.raises(ProblemError, match=r"This cannot go|already"):
            workflow.withdraw(entry, by=entry.participant)


def test_nobody_else_takes_it_back():
    entry = SubmissionFactory(state=S.PENDING)
    with pytest.raises(ProblemError, match="Only the artist"):
        workflow.withdraw(entry, by=UserFactory())


def test_what_is_final_cannot_be_taken_back():
    entry = contest("winner_announced").submissions.get()
    assert not workflow.can_withdraw(entry)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("open", "While the competition is open you may enter again."),
        ("moderation", "The competition takes no further entries."),
    ],
)
def test_the_question_promises_another_entry_only_where_one_is_taken(
    state, sentence, signed_in
):
    entry = contest(state).submissions.first()
    address = reverse("submissions:withdraw", args=[entry.token])
    assert sentence in signed_in(entry.participant).get(address).text
