"""What people decide on entries, who may, and the mails that tell of it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from mycenas.accounts.models import Role
from mycenas.core.http.errors import LostRace, NotAllowed, ProblemError
from mycenas.core.models import Mail
from submissions.models import Award, Submission
from submissions.review import workflow
from submissions.states import SubmissionState as S
from tests.factories import (
    AwardFactory,
    OrganizationFactory,
    SubmissionFactory,
    UserFactory,
    contest,
    disqualify,
    moderator_of,
    organizer_of,
    staff,
)

pytestmark = pytest.mark.django_db

VERBS = {
    "approve": lambda e, by: workflow.approve(e, by=by),
    "reject": lambda e, by: workflow.reject(e, reason="Blurred.", by=by),
    "disqualify": lambda e, by: disqualify(e, by=moderator_of(e), confirmed_by=by),
    "reopen": lambda e, by: workflow.reopen(e, reason="Look again.", by=by),
}
MOVES = [
    ("approve", S.PENDING, S.APPROVED),
    ("reject", S.PENDING, S.REJECTED),
    ("reject", S.QUARANTINED, S.REJECTED),
    ("disqualify", S.APPROVED, S.DISQUALIFIED),
    ("reopen", S.APPROVED, S.PENDING),
    ("reopen", S.REJECTED, S.PENDING),
]


@pytest.mark.parametrize(("verb", "old", "new"), MOVES)
def test_moderators_decide(verb, old, new):
    entry = SubmissionFactory(state=old)
    person = moderator_of(entry)
    VERBS[verb](entry, person)
    entry = Submission.objects.get(pk=entry.pk)
    assert entry.state == new
    if verb == "reopen":
        assert (entry.decided_by, entry.decided_at) == (None, None)
    else:
        assert entry.decided_by == person
        assert entry.decided_at is not None


@pytest.mark.parametrize("verb", ["approve", "reject", "disqualify"])
def test_the_artist_is_told(verb):
    old = S.APPROVED if verb == "disqualify" else S.PENDING
    entry = SubmissionFactory(state=old)
    known = list(Mail.objects.values_list("pk", flat=True))
    VERBS[verb](entry, moderator_of(entry))
    new = Mail.objects.exclude(pk__in=known)
    mail = new.get(to=entry.participant.email)
    assert entry.title in mail.subject
    assert entry.token in mail.body
    assert "&" not in mail.subject
    if verb != "approve":
        assert entry.decision_reason in mail.body


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_else_decides(verb):
    entry = SubmissionFactory(state=S.APPROVED if verb != "approve" else S.PENDING)
    elsewhere = staff(Role.MODERATOR, OrganizationFactory())
    juror = staff(Role.JUROR, entry.competition.organization)
    before = Mail.objects.count()
    for person in (entry.participant, UserFactory(), elsewhere, juror):
        with pytest.raises(NotAllowed, match="Only a moderator"):
            VERBS[verb](entry, person)
    assert Mail.objects.count() == before


def test_a_reason_is_asked_for():
    entry = SubmissionFactory(state=S.PENDING)
    person = moderator_of(entry)
    with pytest.raises(ProblemError, match="Give a reason") as caught:
        workflow.reject(entry, reason=" \n", by=person)
    assert caught.value.code == "reason_missing"
    workflow.reject(entry, reason="x" * 2000, by=person)
    assert len(entry.decision_reason) == 1000


def test_no_mail_for_a_decision_that_was_not_made():
    entry = SubmissionFactory(state=S.PENDING)
    stale = Submission.objects.get(pk=entry.pk)
    person = moderator_of(entry)
    workflow.approve(entry, by=person)
    before = Mail.objects.count()
    with pytest.raises(LostRace):
        workflow.reject(stale, reason="Blurred.", by=person)
    assert Mail.objects.count() == before


def test_organizers_give_prizes_and_take_them_back():
    entry = contest("closed").submissions.get()
    by = organizer_of(entry)
    award = AwardFactory(submission=entry)
    assert str(award).endswith(str(entry))
    with pytest.raises(ProblemError, match="Give a reason"):
        workflow.take_award_back(award, reason="", by=by)
    workflow.take_award_back(award, reason="Twice.", by=by)
    assert list(Award.objects.standing()) == []
    with pytest.raises(LostRace):
        workflow.take_award_back(award, reason="Again.", by=by)
    AwardFactory(submission=entry)
    assert Award.objects.count() == 2


def test_moderators_do_not_give_prizes():
    entry = contest("closed").submissions.get()
    person, award = moderator_of(entry), AwardFactory(submission=entry)
    with pytest.raises(NotAllowed):
        workflow.give_award(award.prize, entry, by=person)
    with pytest.raises(NotAllowed):
        workflow.take_award_back(award, reason="x", by=person)


def test_no_prize_before_the_competition_is_closed():
    entry = contest("moderation").submissions.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardFactory(submission=entry)


def test_what_holds_a_prize_is_not_disqualified():
    entry = contest("closed").submissions.get()
    award = AwardFactory(submission=entry)
    by = organizer_of(entry)
    with pytest.raises(IntegrityError), transaction.atomic():
        disqualify(entry)
    workflow.take_award_back(award, reason="Copied.", by=by)
    entry = Submission.objects.get(pk=entry.pk)
    disqualify(entry)
    assert entry.state == S.DISQUALIFIED
