"""Disqualify an accepted entry: one person proposes it, another one confirms it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.kinds import ApprovalKind
from mycenas.core.approvals.models import Approval
from mycenas.core.audit.actor import because, in_name_of
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError
from mycenas.staff.letters import Letter
from submissions.access import deciders, require_may_decide
from submissions.mails import (
    letters_to_deciders,
    recall_outdated,
    write_to_artist,
    write_to_deciders,
)
from submissions.models import Submission
from submissions.states import SubmissionState

NAME = "submissions.disqualify"
# The mail to the people who may confirm, and the verb whose page it names.
TO_CONFIRM = ("disqualification_proposed", "confirm-disqualification")
NO_SECOND_PERSON = _(
    "Two persons disqualify an accepted entry, and nobody else may decide on this one. "
    "Invite a second organizer or moderator on the page “People” of the competition or "
    "its organization."
)
NO_PROPOSAL = _(
    "Nobody proposes to disqualify this entry now. Reload the page to see its state."
)

DECIDED_SINCE = _("The entry was decided anew after this was proposed.")


def proposals() -> QuerySet[Approval]:
    """The open proposals to disqualify entries, without those that are void.

    One is void once its entry was decided anew: the person meant another decision.
    """
    entry = Submission.objects.filter(pk=OuterRef("target_id"))
    decided_at = Subquery(entry.values("decided_at"))
    rows = _waiting().alias(decision_at=decided_at).select_related("proposed_by")
    return rows.filter(Q(decision_at=None) | Q(proposed_at__gt=F("decision_at")))


def _waiting() -> QuerySet[Approval]:
    return Approval.objects.waiting().filter(kind=NAME, expires_at__gt=DatabaseNow())


def proposal_of(submission: Submission) -> Approval | None:
    return proposals().filter(target_id=submission.pk).first()


def propose(submission: Submission, *, reason: str, by: User) -> Approval:
    """Propose to disqualify an accepted entry; nothing happens to it yet.

    The people who may confirm it get mail.
    """
    require_may_decide(submission, by)
    if sentence := lacks_second_person(submission, by):
        raise ProblemError(sentence, code="no_second_person")
    with transaction.atomic():
        _end_void(submission, by=by)
        proposal = approvals.propose(NAME, submission.pk, reason=reason, by=by)
        write_to_deciders(submission, *TO_CONFIRM, but=by, more={"proposal": proposal})
    return proposal


def proposal_letters(
    submission: Submission, proposal: Approval, *, by: User
) -> list[Letter]:
    """The mails of `propose`, for ``by`` to read before they are sent."""
    more = {"proposal": proposal}
    return letters_to_deciders(submission, *TO_CONFIRM, but=by, more=more)


def _end_void(submission: Submission, *, by: User) -> None:
    """Make room for a proposal: an entry has one open proposal at a time."""
    waiting = _waiting().filter(target_id=submission.pk)
    for void in waiting.exclude(pk__in=proposals().values("pk")):
        _end(void, reason=str(DECIDED_SINCE), by=by)


def confirm(submission: Submission, *, digest: str, by: User) -> None:
    """Confirm the proposal with this digest; the artist reads its reason."""
    approvals.confirm(_open(submission), digest=digest, by=by)
    submission.refresh_from_db()


def end(submission: Submission, *, reason: str, by: User) -> None:
    """End the proposal without effect: withdraw one's own, decline another's."""
    _end(_open(submission), reason=reason, by=by)


def _end(proposal: Approval, *, reason: str, by: User) -> None:
    if proposal.proposed_by_id == by.pk:
        with because(reason):
            approvals.withdraw(proposal, by=by)
    else:
        approvals.decline(proposal, reason=reason, by=by)


def lacks_second_person(submission: Submission, user: User) -> str | Promise | None:
    """A sentence if nobody but ``user`` has a role that may confirm."""
    return None if deciders(submission, but=user).exists() else NO_SECOND_PERSON


def _open(submission: Submission) -> Approval:
    proposal = proposal_of(submission)
    if proposal is None:
        raise ProblemError(NO_PROPOSAL, code="no_proposal")
    return proposal


def _require(key: int, person: User) -> None:
    submission = _entry(key)
    require_may_decide(submission, person)
    submission.require(SubmissionState.APPROVED)


def _disqualify(approval: Approval, by: User) -> None:
    submission = _entry(approval.target_id)
    with in_name_of(by), because(approval.reason):
        submission.move(
            SubmissionState.DISQUALIFIED,
            decided_at=DatabaseNow(),
            decided_by=by,
            decision_reason=approval.reason,
        )
        recall_outdated(submission.pk)
        write_to_artist(submission, SubmissionState.DISQUALIFIED)


def _entry(key: int) -> Submission:
    return Submission.objects.select_related("competition").get(pk=key)


KIND = ApprovalKind(NAME, Submission._meta.db_table, _require, _disqualify)
