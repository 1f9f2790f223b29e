"""Two persons disqualify an accepted entry: on the desk, by the workflow, by SQL."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from competitions import workflow as competing
from mycenas.accounts.models import Role
from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import ApprovalState
from mycenas.core.http.errors import InvalidTransition, NotAllowed, ProblemError
from mycenas.core.models import Mail
from submissions.models import Submission
from submissions.receipts import workflow as receipts
from submissions.review import workflow as review
from submissions.review.disqualification import workflow
from submissions.states import SubmissionState as S
from tests.database.tools import drop_guard, refusal, refused
from tests.factories import (
    CompetitionFactory,
    SubmissionFactory,
    UserFactory,
    confirmed_disqualification,
    contest,
    moderator_of,
    organizer_of,
    staff,
)
from tests.form_data import filled, said

pytestmark = pytest.mark.django_db

LIST = reverse("admin:submissions_submission_changelist")
RULE = "submission_two_disqualify"


def page(name, entry, *more):
    return reverse(f"admin:submissions_submission_{name}", args=[entry.pk, *more])


def do(client, entry, verb, **form):
    # Each request has a transaction of its own, and so its own actor.
    connection.run_on_commit.clear()
    return said(client.post(page("do", entry, verb), form, follow=True))


def proposed(entry):
    """A proposal by a moderator, beside an organizer."""
    by = moderator_of(entry)
    workflow.propose(entry, reason="Copied from a book.", by=by)
    return by


def state_of(entry):
    return Submission.objects.get(pk=entry.pk).state


def test_one_moderator_proposes_and_another_confirms_on_the_desk(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    first, second = moderator_of(entry), moderator_of(entry)
    mails = Mail.objects.filter(to=entry.participant.email)
    before = mails.count()
    ada, bo = signed_in(first), signed_in(second)
    assert "Done" in do(ada, entry, "disqualify", reason="Copied from a book.")
    assert (state_of(entry), mails.count()) == (S.APPROVED, before)
    own = ada.get(page("change", entry)).text
    assert "You proposed this. Another person has to confirm" in own
    assert page("do", entry, "confirm-disqualification") not in own
    question = bo.get(page("do", entry, "confirm-disqualification"))
    assert f"{first} proposed on " in question.text
    assert "Copied from a book." in question.text
    # Who proposes it and why stand next to the button that confirms it.
    effects, _form, beside = question.text.partition('<form method="post"')
    assert f"{first} proposed on " in beside
    assert "proposed on" not in effects
    digest = filled(question)["digest"]
    assert "Done" in do(bo, entry, "confirm-disqualification", digest=digest)
    stored = Submission.objects.get(pk=entry.pk)
    assert (stored.state, stored.decided_by) == (S.DISQUALIFIED, second)
    assert stored.decision_reason == "Copied from a book."
    assert mails.count() == before + 1
    assert "Copied from a book." in mails.latest("pk").body
    history = bo.get(page("history", entry)).text
    assert str(first) in history
    assert "confirmed" in history


def test_the_proposer_does_not_confirm(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    organizer_of(entry)
    first = proposed(entry)
    digest = Approval.objects.get().digest
    said = do(signed_in(first), entry, "confirm-disqualification", digest=digest)
    assert "Another person has to confirm" in said
    assert state_of(entry) == S.APPROVED


def test_alone_one_reads_whom_to_invite(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    alone = organizer_of(entry)
    for text in (
        signed_in(alone).get(page("change", entry)).text,
        do(signed_in(alone), entry, "disqualify", reason="Copied."),
    ):
        assert "Invite a second organizer or moderator" in text
    # Neither jurors, nor people who left, nor the artist help.
    house = entry.competition.organization
    staff(Role.JUROR, house)
    staff(Role.MODERATOR, house, is_active=False)
    house.memberships.create(user=entry.participant, role=Role.MODERATOR)
    with pytest.raises(ProblemError, match="Invite a second"):
        workflow.propose(entry, reason="Copied.", by=alone)
    moderator_of(entry)
    assert workflow.propose(entry, reason="Copied.", by=alone)


def test_a_proposal_ends_without_effect():
    entry = SubmissionFactory(state=S.APPROVED)
    other = organizer_of(entry)
    first = proposed(entry)
    workflow.end(entry, reason="My mistake.", by=first)
    assert proposed(entry)
    workflow.end(entry, reason="It is quoted, not copied.", by=other)
    states = [one.state for one in Approval.objects.all()]
    assert states == [ApprovalState.WITHDRAWN, ApprovalState.DECLINED]
    with pytest.raises(ProblemError, match="Nobody proposes"):
        workflow.end(entry, reason="Again.", by=other)
    assert state_of(entry) == S.APPROVED


def test_nobody_takes_part_in_disqualifying_the_own_entry():
    entry = SubmissionFactory(state=S.APPROVED)
    house, artist = entry.competition.organization, entry.participant
    house.memberships.create(user=artist, role=Role.MODERATOR)
    organizer_of(entry)
    with pytest.raises(NotAllowed, match="your own entry"):
        workflow.propose(entry, reason="Copied.", by=artist)
    proposed(entry)
    digest = Approval.objects.get().digest
    with pytest.raises(NotAllowed, match="your own entry"):
        workflow.confirm(entry, digest=digest, by=artist)


def test_what_is_withdrawn_meanwhile_is_not_disqualified():
    entry = SubmissionFactory(state=S.APPROVED)
    other = organizer_of(entry)
    proposed(entry)
    receipts.withdraw(entry, by=entry.participant)
    with pytest.raises(InvalidTransition):
        workflow.confirm(entry, digest=Approval.objects.get().digest, by=other)
    assert Approval.objects.get().state == ApprovalState.PROPOSED


def test_a_proposal_is_void_once_the_entry_was_decided_anew():
    entry = SubmissionFactory(state=S.APPROVED)
    other = organizer_of(entry)
    first = proposed(entry)
    old = Approval.objects.get()
    review.reopen(entry, reason="Look again.", by=other)
    entry.refresh_from_db()
    review.approve(entry, by=other)
    entry.refresh_from_db()
    with pytest.raises(ProblemError, match="Nobody proposes"):
        workflow.confirm(entry, digest=old.digest, by=other)
    with refusal(RULE):
        approvals.confirm(old, digest=old.digest, by=other)
    assert state_of(entry) == S.APPROVED
    # It stands in the way of no other one, by the same person or another.
    workflow.propose(entry, reason="Copied after all.", by=first)
    old.refresh_from_db()
    assert old.state == ApprovalState.WITHDRAWN
    new = Approval.objects.get(state=ApprovalState.PROPOSED)
    workflow.confirm(entry, digest=new.digest, by=other)
    assert state_of(entry) == S.DISQUALIFIED


def test_a_void_proposal_of_another_person_is_declined():
    entry = SubmissionFactory(state=S.APPROVED)
    other = organizer_of(entry)
    proposed(entry)
    old = Approval.objects.get()
    review.reopen(entry, reason="Look again.", by=other)
    entry.refresh_from_db()
    review.approve(entry, by=other)
    entry.refresh_from_db()
    workflow.propose(entry, reason="Copied after all.", by=other)
    old.refresh_from_db()
    assert (old.state, old.decided_by) == (ApprovalState.DECLINED, other)
    assert "decided anew" in old.decision_reason


def test_a_proposal_ends_with_the_role_of_its_proposer(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    other = organizer_of(entry)
    first = proposed(entry)
    first.memberships.all().delete()
    proposal = Approval.objects.get()
    with pytest.raises(ProblemError, match="has lost the role"):
        workflow.confirm(entry, digest=proposal.digest, by=other)
    assert (state_of(entry), Approval.objects.get().state) == (S.APPROVED, "proposed")
    text = signed_in(other).get(page("change", entry)).text
    assert "no longer valid" in text
    assert page("do", entry, "confirm-disqualification") not in text
    workflow.end(entry, reason="They have left.", by=other)
    assert Approval.objects.get().state == ApprovalState.DECLINED


SQL = (
    "UPDATE submissions_submission SET state = 'disqualified', decision_reason = %s,"
    " decided_at = now(), decided_by_id = %s WHERE id = %s"
)


def test_sql_disqualifies_nothing_that_two_persons_did_not():
    entry = SubmissionFactory(state=S.APPROVED)
    alone = organizer_of(entry)
    assert refused(SQL, ["Copied.", alone.pk, entry.pk]) == RULE
    first = proposed(entry)
    assert refused(SQL, ["Copied from a book.", first.pk, entry.pk]) == RULE
    drop_guard(RULE)
    assert refused(SQL, ["Copied.", alone.pk, entry.pk]) == ""


def test_sql_writes_what_was_confirmed_and_nothing_else():
    entry = SubmissionFactory(state=S.APPROVED)
    second = confirmed_disqualification(entry, "Copied.").decided_by_id
    assert refused(SQL, ["Another.", second, entry.pk]) == RULE
    assert refused(SQL, ["Copied.", organizer_of(entry).pk, entry.pk]) == RULE
    other = SubmissionFactory(competition=entry.competition, state=S.APPROVED)
    assert refused(SQL, ["Copied.", second, other.pk]) == RULE
    assert refused(SQL, ["Copied.", second, entry.pk]) == ""
    by = organizer_of(entry)
    review.reopen(entry, reason="Look again.", by=by)
    entry.refresh_from_db()
    review.approve(entry, by=by)
    # It was accepted anew: what was confirmed before is void.
    assert refused(SQL, ["Copied.", second, entry.pk]) == RULE


def test_what_waits_for_a_second_person_is_on_the_first_page(signed_in):
    competition = contest("closed", entries=2)
    entry = competition.submissions.first()
    other = SubmissionFactory(
        competition=CompetitionFactory(
            state="open", organization=competition.organization
        ),
        state=S.APPROVED,
    )
    client = signed_in(organizer_of(entry))
    assert "to disqualify" not in client.get(reverse("admin:index")).text
    proposed(entry)
    text = client.get(reverse("admin:index")).text
    assert "entry to disqualify" in text
    assert "1 proposal to disqualify an entry waits" in text
    listed = client.get(LIST, {"queue": "proposed"}).text
    assert page("change", entry) in listed
    assert page("change", other) not in listed


def test_a_proposal_in_a_cancelled_competition_can_be_read(signed_in):
    entry = SubmissionFactory(state=S.APPROVED)
    person, second = organizer_of(entry), moderator_of(entry)
    workflow.propose(entry, reason="Copied from a book.", by=person)
    competing.cancel(entry.competition, reason="Storm.", by=person)
    text = signed_in(second).get(page("change", entry)).text
    assert "Copied from a book." in text
    assert "can confirm it until" not in text


def test_those_who_may_confirm_get_mail_and_nobody_else():
    entry = SubmissionFactory(state=S.APPROVED)
    first, second = moderator_of(entry), moderator_of(entry)
    carol, house = organizer_of(entry), entry.competition.organization
    single = UserFactory()
    entry.competition.roles.create(user=single, role=Role.MODERATOR)
    staff(Role.JUROR, house)
    staff(Role.MODERATOR, house, is_active=False)
    house.memberships.create(user=entry.participant, role=Role.MODERATOR)
    before = Mail.objects.count()
    workflow.propose(entry, reason="Copied from a book.", by=first)
    mails = Mail.objects.order_by("pk")[before:]
    assert {mail.to for mail in mails} == {second.email, carol.email, single.email}
    mail = mails[0]
    assert mail.subject.startswith("To confirm: disqualify “Dusk”")
    assert "Copied from a book." in mail.body
    assert str(first) in mail.body
    assert page("do", entry, "confirm-disqualification") in mail.body
    # What was not proposed is mailed to nobody.
    with pytest.raises(IntegrityError), transaction.atomic():
        workflow.propose(entry, reason="Again.", by=second)
    assert Mail.objects.count() == before + len(mails)
