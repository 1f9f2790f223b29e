"""A permit used twice at once, and beside decisions, its end and a close."""

from __future__ import annotations

import secrets
from functools import partial

import pytest

from competitions import workflow as competing
from competitions.models import Competition
from mycenas.core.http.errors import constraint_of
from mycenas.storage import store
from submissions.intake import workflow as intake
from submissions.models import Submission
from submissions.receipts.workflow import withdraw
from submissions.review import workflow as review
from submissions.review.permits import workflow
from submissions.review.permits.models import Permit
from submissions.states import SubmissionState as S
from tests.factories import moderator_of, organizer_of, staged
from tests.races.test_entries import beside
from tests.races.tools import together, without, without_index
from tests.submissions.review.test_permits import in_review, requested, reserve

pytestmark = pytest.mark.django_db(transaction=True)

LOCK_OF_PERMIT = "FOR SHARE OF permit"
LOCK_OF_ENTRY = "FOR SHARE"


def wanted(state="moderation"):
    """An entry in review with a permit."""
    entry = in_review(state)
    requested(entry)
    return Submission.objects.get(pk=entry.pk)


def insert(entry):
    """A changed version past our own verbs, which would continue the one that waits."""
    return Submission.objects.create(
        competition=entry.competition,
        participant=entry.participant,
        title="Dusk",
        idempotency_key=secrets.token_hex(16),
        upload_until=entry.upload_until,
        replaces=entry,
    )


def versions():
    return Submission.objects.filter(replaces__isnull=False)


def test_one_permit_used_twice_at_once_is_one_reservation():
    entry = wanted()
    found = together(*[partial(reserve, entry)] * 4)
    assert len({ticket.pk for ticket in found}) == 1
    assert versions().count() == 1


def test_a_second_version_beside_the_first_is_refused():
    entry = wanted()
    refused = beside(partial(insert, entry), partial(insert, entry))
    assert constraint_of(refused) == "submission_replaced_once"
    assert versions().count() == 1


def test_without_the_uniqueness_there_would_be_two():
    entry = wanted()
    with without_index(Submission, "submission_replaced_once"):
        beside(partial(insert, entry), partial(insert, entry))
        assert versions().count() == 2


def test_one_file_sent_twice_at_once_replaces_once():
    entry = wanted()
    ticket = reserve(entry)
    file = staged()

    def send():
        mine = Submission.objects.get(pk=ticket.pk)
        intake.receive(mine, file, name="dusk.jpg", files=store())

    together(send, send)
    states = [*Submission.objects.order_by("pk").values_list("state", flat=True)]
    assert states == [S.WITHDRAWN, S.RECEIVED]
    assert Permit.objects.get().state == "used"


def reservation_and(act):
    """A reservation by SQL of ours, and what a moderator does with the same entry."""
    entry = wanted()
    by = moderator_of(entry)
    theirs = Submission.objects.get(pk=entry.pk)
    return partial(insert, entry), partial(act, theirs, by=by)


def test_a_request_is_not_withdrawn_beside_its_use():
    use, end = reservation_and(workflow.withdraw_request)
    assert constraint_of(beside(use, end)) == "permit_in_use"


def test_no_version_is_reserved_beside_the_end_of_the_request():
    use, end = reservation_and(workflow.withdraw_request)
    assert constraint_of(beside(end, use)) == "submission_replaces_by_permit"


def test_without_the_lock_a_version_is_on_its_way_without_a_permit():
    use, end = reservation_and(workflow.withdraw_request)
    with without("submission_arrives", LOCK_OF_PERMIT):
        beside(end, use, waits=False)
    assert (versions().count(), Permit.objects.get().state) == (1, "withdrawn")


def request_and_decision():
    entry = in_review()
    by = moderator_of(entry)
    theirs = Submission.objects.get(pk=entry.pk)
    decide = partial(review.approve, theirs, by=organizer_of(entry))
    ask = partial(workflow.request_changes, entry, reason="Crop.", days=1, by=by)
    return entry, ask, decide


def test_no_decision_is_made_beside_a_new_request():
    _, ask, decide = request_and_decision()
    assert constraint_of(beside(ask, decide)) == "submission_changes_requested"


def test_no_request_is_made_beside_a_decision():
    _, ask, decide = request_and_decision()
    assert constraint_of(beside(decide, ask)) == "permit_of_entry_in_review"


def test_without_the_lock_an_accepted_entry_has_a_permit():
    entry, ask, decide = request_and_decision()
    with without("permit_made", LOCK_OF_ENTRY):
        beside(decide, ask, waits=False)
    entry.refresh_from_db()
    assert (entry.state, Permit.objects.get().state) == (S.APPROVED, "open")


def test_the_artist_withdraws_beside_the_file_of_the_version():
    entry = wanted()
    ticket = reserve(entry)
    mine = Submission.objects.get(pk=entry.pk)
    take = partial(withdraw, mine, by=entry.participant)
    send = partial(intake.receive, ticket, staged(), name="d.jpg", files=store())
    assert beside(take, send).state == S.RECEIVED
    states = [*Submission.objects.order_by("pk").values_list("state", flat=True)]
    assert (states, Permit.objects.get().state) == ([S.WITHDRAWN, S.RECEIVED], "used")


def test_a_close_waits_for_the_version():
    entry = wanted()
    competition = Competition.objects.get(pk=entry.competition_id)
    close = partial(competing.close, competition, by=organizer_of(entry))
    refused = beside(partial(insert, entry), close)
    assert constraint_of(refused) == "competition_all_decided"
