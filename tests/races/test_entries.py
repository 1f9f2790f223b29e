"""People who do the same thing twice at once, and two people at one entry."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from interactions.models import Like
from interactions.workflow import like
from mycenas.core.http.errors import constraint_of
from submissions.intake.workflow import reserve
from submissions.models import Award, Submission
from submissions.review import workflow as review
from submissions.review.disqualification import workflow as disqualification
from submissions.states import SubmissionState as S
from tests.database.tools import one
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    moderator_of,
    organizer_of,
    words,
)
from tests.races.tools import (
    crowd,
    outcome,
    together,
    wait_for_waiting,
    without,
    without_constraint,
)

pytestmark = pytest.mark.django_db(transaction=True)

LOCK_OF_PERSON = """PERFORM pg_advisory_xact_lock(hashtextextended(
    format('%s/%s', NEW.competition_id, NEW.participant_id), 7301));"""
LOCK_OF_ENTRY = "FOR SHARE"


def beside(first, second, *, waits=True):
    """``second`` begins while ``first`` is done but not committed."""
    with crowd() as people:
        with transaction.atomic():
            first()
            other = people.start(second)
            if waits:
                wait_for_waiting(1)
            else:
                outcome(other)
        return outcome(other)


def one_free_slot():
    return CompetitionFactory(state="open", max_entries=1), UserFactory()


def test_the_last_free_entry_is_given_once():
    competition, person = one_free_slot()
    found = beside(
        lambda: reserve(competition, words(), by=person),
        lambda: Submission.objects.create(**ticket(competition, person)),
    )
    assert constraint_of(found) == "submission_within_limit"
    assert Submission.objects.count() == 1


def ticket(competition, person):
    """A ticket past our own verbs, which would go on with the one that waits."""
    entry = words()
    return {
        "competition": competition,
        "participant": person,
        "title": entry.title,
        "idempotency_key": entry.idempotency_key,
        "upload_until": competition.closes_at,
    }


def test_whoever_sends_the_last_entry_twice_goes_on_with_one_ticket():
    competition, person = one_free_slot()
    tickets = together(*[lambda: reserve(competition, words(), by=person)] * 4)
    assert len({ticket.pk for ticket in tickets}) == 1


def test_without_the_lock_the_last_entry_is_given_twice():
    competition, person = one_free_slot()
    with without("submission_arrives", LOCK_OF_PERSON):
        found = beside(
            lambda: reserve(competition, words(), by=person),
            lambda: reserve(competition, words(), by=person),
            waits=False,
        )
    assert isinstance(found, Submission)
    assert Submission.objects.count() == 2


def test_one_form_sent_twice_at_once_is_one_entry():
    competition, person, form = CompetitionFactory(state="open"), UserFactory(), words()
    found = beside(
        lambda: reserve(competition, form, by=person),
        lambda: reserve(competition, form, by=person),
    )
    assert found.pk == Submission.objects.get().pk


def test_without_the_uniqueness_it_would_be_two():
    competition, person, form = CompetitionFactory(state="open"), UserFactory(), words()
    with without_constraint("submissions_submission", "submission_once_per_key"):
        beside(
            lambda: reserve(competition, form, by=person),
            lambda: reserve(competition, form, by=person),
        )
        assert Submission.objects.count() == 2


def like_twice_at_once():
    entry, person = SubmissionFactory(state=S.APPROVED), UserFactory()
    beside(
        lambda: like(entry, by=person),
        lambda: like(entry, by=person),
        waits=bool(has_constraint()),
    )
    return Like.objects.count()


def has_constraint():
    sql = "SELECT count(*) FROM pg_constraint WHERE conname = 'like_once_per_person'"
    return one(sql)


def test_two_likes_of_one_person_at_once_are_one():
    assert like_twice_at_once() == 1


def test_without_the_uniqueness_a_person_would_like_twice():
    with without_constraint("interactions_like", "like_once_per_person"):
        assert like_twice_at_once() == 2


def award_and_disqualify():
    entry = contest("closed").submissions.get()
    organizer, moderator = organizer_of(entry), moderator_of(entry)
    prize = entry.competition.prizes.get()
    mine, theirs = (Submission.objects.get(pk=entry.pk) for _ in range(2))

    def award():
        review.give_award(prize, mine, by=organizer)

    proposal = disqualification.propose(theirs, reason="Copied.", by=organizer)

    def disqualify():
        disqualification.confirm(theirs, digest=proposal.digest, by=moderator)

    return entry, award, disqualify


def test_an_entry_that_is_being_awarded_is_not_disqualified_meanwhile():
    entry, award, disqualify = award_and_disqualify()
    refused = beside(award, disqualify)
    assert constraint_of(refused) == "submission_award_stays"
    entry.refresh_from_db()
    assert (entry.state, Award.objects.count()) == (S.APPROVED, 1)


def test_an_entry_that_is_being_disqualified_gets_no_prize_meanwhile():
    entry, award, disqualify = award_and_disqualify()
    refused = beside(disqualify, award)
    assert constraint_of(refused) == "award_to_approved_entry"
    entry.refresh_from_db()
    assert (entry.state, Award.objects.count()) == (S.DISQUALIFIED, 0)


def test_without_the_lock_a_disqualified_entry_holds_a_prize():
    entry, award, disqualify = award_and_disqualify()
    with without("award_guard", LOCK_OF_ENTRY):
        assert beside(disqualify, award, waits=False) is None
    entry.refresh_from_db()
    assert (entry.state, Award.objects.count()) == (S.DISQUALIFIED, 1)


def test_one_prize_is_given_once_by_two_organizers():
    competition = contest("closed", entries=2)
    by, prize = organizer_of(competition), competition.prizes.get()
    first, second = competition.submissions.all()
    refused = beside(
        lambda: review.give_award(prize, first, by=by),
        lambda: review.give_award(prize, second, by=by),
    )
    assert isinstance(refused, IntegrityError)
    assert constraint_of(refused) == "award_once_per_prize"
