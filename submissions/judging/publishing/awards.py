"""A prize for an entry that no result ranks: two persons allow it, with a reason."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from competitions.access import people_with, require_organizer
from competitions.models import Competition, Prize
from mycenas.accounts.models import Role, User
from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.kinds import ApprovalKind
from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import ApprovalState
from mycenas.core.audit.actor import because
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError
from submissions.judging.models import Round
from submissions.judging.publishing.workflow import result_of
from submissions.judging.states import RoundState
from submissions.models import Award, Submission

NO_PROPOSAL = _("There is no such proposal any more. Reload the page.")


def is_unranked(submission: Submission) -> bool:
    """Whether its competition has jury rounds, and no result of them ranks it."""
    rows = Round.objects.filter(competition=submission.competition_id)
    rounds = list(rows.exclude(state=RoundState.CANCELLED))
    return bool(rounds) and not any(_ranks(one, submission) for one in rounds)


def _ranks(this: Round, submission: Submission) -> bool:
    result = result_of(this)
    ranking = result.document["ranking"] if result else []
    return any(row["entry"] == submission.public_id for row in ranking)


def propose(submission: Submission, *, prize: Prize, reason: str, by: User) -> Approval:
    """Propose that the entry may get the prize; the reason becomes public."""
    return approvals.propose(
        KIND.name,
        submission.pk,
        reason=reason,
        by=by,
        parameters={"prize": prize.pk},
    )


def confirm(submission: Submission, *, digest: str, by: User) -> None:
    """Confirm it; then an organizer gives the prize as every other."""
    approvals.confirm(_open(submission), digest=digest, by=by)


def end(submission: Submission, *, reason: str, by: User) -> None:
    """End the proposal without effect: withdraw one's own, decline another's."""
    found = _open(submission)
    if found.proposed_by_id == by.pk:
        with because(reason):
            approvals.withdraw(found, by=by)
    else:
        approvals.decline(found, reason=reason, by=by)


def proposal_of(submission: Submission) -> Approval | None:
    rows = Approval.objects.waiting().about(KIND.name, submission.pk)
    rows = rows.filter(expires_at__gt=DatabaseNow())
    return rows.select_related("proposed_by").first()


def prize_of(proposal: Approval) -> Prize | None:
    return Prize.objects.filter(pk=proposal.parameters.get("prize")).first()


def has_second_person(submission: Submission, user: User) -> bool:
    """Whether another organizer could confirm."""
    here = Competition.objects.filter(pk=submission.competition_id)
    people = people_with(Role.ORGANIZER, here).filter(is_active=True)
    return people.exclude(pk=user.pk).exists()


def unranked_winners(competition: Competition) -> list[tuple[Award, str]]:
    """Announced prizes that no ranking supports, each with its public reason."""
    if not competition.is_final:
        return []
    rows = Award.objects.standing().filter(competition=competition)
    rows = rows.select_related("prize", "submission")
    found = {one.submission_id: one for one in rows}
    approved = Approval.objects.filter(
        kind=KIND.name, target_id__in=found, state=ApprovalState.CONFIRMED
    )
    return [
        (found[one.target_id], one.reason)
        for one in approved.order_by("pk")
        if one.parameters.get("prize") == found[one.target_id].prize_id
    ]


def _open(submission: Submission) -> Approval:
    found = proposal_of(submission)
    if found is None:
        raise ProblemError(NO_PROPOSAL, code="no_proposal")
    return found


def _require(entry: int, person: User) -> None:
    found = Submission.objects.select_related("competition").get(pk=entry)
    require_organizer(found.competition, person)


def _allow(approval: Approval, by: User) -> None:
    """Nothing more: the guard of awards finds the confirmed approval."""


KIND = ApprovalKind(
    "judging.award_unranked", Submission._meta.db_table, _require, _allow
)
