"""Claims: one moderator works on one entry, by the database clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mycenas.accounts.models import Role
from mycenas.core.audit.actor import acting
from mycenas.core.db import database
from submissions.review import workflow
from submissions.review.claims import workflow as claims
from submissions.review.claims.models import Claim
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, raw, refusal, refused, undone
from tests.factories import CompetitionFactory, SubmissionFactory, moderator_of

pytestmark = pytest.mark.django_db

LEASE = timedelta(minutes=5)


@pytest.fixture
def entries():
    """Three entries in review, and one that is not yet."""
    competition = CompetitionFactory(state="open")
    made = [SubmissionFactory(competition=competition, state=S.PENDING) for _ in "abc"]
    SubmissionFactory(competition=competition, state=S.PROCESSING)
    return made


def following(entry, by, **rest):
    return claims.claim_next([(entry.competition_id, 0)], by=by, **rest)


def expire():
    """Let all claims end now; only time does so otherwise."""
    drop_guard("claim_guard")
    raw("UPDATE claims_claim SET expires_at = clock_timestamp()")


def test_each_moderator_gets_another_entry_until_none_is_left(entries):
    first, second = moderator_of(entries[0]), moderator_of(entries[0])
    keys = [entry.pk for entry in entries]
    assert following(entries[0], first) == keys[0]
    assert following(entries[0], second) == keys[1]
    # One's own claim is renewed, not passed over.
    assert following(entries[0], first) == keys[0]
    assert following(entries[0], first, but=keys[:1]) == keys[2]
    assert following(entries[0], second, but=keys[1:2]) is None
    claims.release(entries[0], by=second)
    assert claims.held_by_others(keys, by=second) == {keys[0]: first, keys[2]: first}
    claims.release_all(by=first, but=keys[:1])
    assert following(entries[0], second, but=keys[1:2]) == keys[2]


def test_the_search_goes_on_after_an_entry_and_in_the_next_competition(entries):
    other = SubmissionFactory(state=S.PENDING)
    moderator = moderator_of(entries[0])
    other.competition.roles.create(user=moderator, role=Role.MODERATOR)
    parts = [(entries[0].competition_id, entries[1].pk), (other.competition_id, 0)]
    assert claims.claim_next(parts, by=moderator) == entries[2].pk
    assert claims.claim_next(parts, by=moderator, but=[entries[2].pk]) == other.pk
    assert claims.claim_next([], by=moderator) is None


def test_no_one_is_offered_an_own_entry(entries):
    artist = entries[0].participant
    entries[0].competition.roles.create(user=artist, role=Role.MODERATOR)
    assert following(entries[0], artist) == entries[1].pk
    assert not claims.claim(entries[0], by=artist)
    with refusal("claim_of_own_entry"):
        Claim.objects.create(submission=entries[0], moderator=artist)


def test_while_another_holds_a_claim_an_entry_is_not_decided(entries):
    entry, holder = entries[0], moderator_of(entries[0])
    other = moderator_of(entry)
    assert claims.claim(entry, by=holder)
    assert not claims.claim(entry, by=other)
    with refusal("submission_claimed_by_another"):
        workflow.approve(entry, by=other)
    with refusal("submission_claimed_by_another"):
        workflow.reject(entry, reason="Blurred.", by=other)
    nameless = "UPDATE submissions_submission SET state = 'approved' WHERE id = %s"
    assert refused(nameless, [entry.pk]) == "submission_claimed_by_another"
    # The artist may still withdraw it.
    assert refused(nameless.replace("approved", "withdrawn"), [entry.pk]) != (
        "submission_claimed_by_another"
    )
    workflow.approve(entry, by=holder)
    assert not Claim.objects.exists()


def test_no_other_person_ends_a_claim(entries):
    entry, holder = entries[0], moderator_of(entries[0])
    assert claims.claim(entry, by=holder)
    delete, act = (
        "DELETE FROM claims_claim",
        "SELECT set_config('mycenas.actor', %s, true)",
    )
    raw(act, [str(moderator_of(entry).pk)])
    assert refused(delete) == "submission_claimed_by_another"
    raw(act, [str(holder.pk)])
    assert refused(delete) == ""
    raw(act, [str(moderator_of(entry).pk)])
    with undone():
        drop_guard("claim_guard")
        raw("UPDATE claims_claim SET expires_at = clock_timestamp()")
        assert refused(delete) == ""
    with undone():
        raw(act, [str(entry.participant_id)])
        entry.move(S.WITHDRAWN, withdrawn_at=database.now())
        raw(act, [str(moderator_of(entry).pk)])
        assert refused(delete) == ""


def test_a_claim_ends_by_the_database_clock(entries):
    entry, holder = entries[0], moderator_of(entries[0])
    before = database.now()
    Claim.objects.create(
        submission=entry, moderator=holder, expires_at="2199-01-01T00:00Z"
    )
    held = Claim.objects.get()
    assert before + LEASE <= held.expires_at <= database.now() + LEASE
    expire()
    assert claims.held_by_others([entry.pk], by=moderator_of(entry)) == {}
    workflow.approve(entry, by=moderator_of(entry))


def test_an_expired_claim_is_taken_over(entries):
    entry, other = entries[0], moderator_of(entries[0])
    assert claims.claim(entry, by=moderator_of(entry))
    expire()
    assert claims.claim(entry, by=other)
    assert Claim.objects.get().moderator == other


def test_a_claim_is_for_oneself_and_not_taken_from_another(entries):
    entry, holder = entries[0], moderator_of(entries[0])
    other = moderator_of(entry)
    assert claims.claim(entry, by=holder)
    take = "UPDATE claims_claim SET moderator_id = %s"
    assert refused(take, [other.pk]) == "submission_claimed_by_another"
    move = "UPDATE claims_claim SET submission_id = %s"
    assert refused(move, [entries[1].pk]) == "submission_claimed_by_another"
    with acting(lambda: (other.pk, "test")), refusal("claim_for_oneself"):
        Claim.objects.create(submission=entries[1], moderator=holder)
