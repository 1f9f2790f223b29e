"""What organizers do with jury rounds."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from competitions.access import require_organizer
from mycenas.accounts.models import User
from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.kinds import ApprovalKind
from mycenas.core.approvals.models import Approval
from mycenas.core.audit.actor import because, with_actor
from mycenas.core.db.database import DatabaseNow
from mycenas.core.draws.drawing import commitment, new_seed
from mycenas.core.http.errors import ProblemError
from submissions.judging.access import new_entries, new_jurors
from submissions.judging.models import Assignment, Candidate, Conflict, Juror, Round
from submissions.judging.planning import plan
from submissions.judging.states import AssignmentState, RoundState
from submissions.models import Submission

NO_PROPOSAL = _(
    "There is no such proposal any more. Reload the page to see the state of the round."
)


class Taken(NamedTuple):
    """How many entries and jurors came to a round."""

    entries: int
    jurors: int


def take_in(this: Round, *, by: User) -> Taken:
    """Take in all accepted entries, and all people with the role of juror.

    An open round gets jurors alone: its entries are fixed.
    """
    require_organizer(this.competition, by)
    this.require(RoundState.DRAFT, RoundState.OPEN)
    with transaction.atomic():
        entries = new_entries(this) if this.state == RoundState.DRAFT else ()
        rows = [Candidate(round=this, submission=entry) for entry in entries]
        seats = [Juror(round=this, user=person) for person in new_jurors(this)]
        Candidate.objects.bulk_create(rows)
        Juror.objects.bulk_create(seats)
        if this.state == RoundState.OPEN:
            plan(this, bytes.fromhex(this.seed))
    return Taken(len(rows), len(seats))


def open_round(this: Round, *, by: User) -> None:
    """Fix the settings, assign entries to jurors, and let jurors score.

    Draws of the round follow from a seed whose digest is stored with the opening.
    """
    require_organizer(this.competition, by)
    this.require(RoundState.DRAFT)
    seed = new_seed()
    with transaction.atomic():
        this.change(seed=seed.hex(), seed_commitment=commitment(seed))
        # What the guards of the opening refuse is said before what the plan lacks.
        this.move(RoundState.OPEN, opened_at=DatabaseNow())
        plan(this, seed)


def back_to_draft(this: Round, *, by: User) -> None:
    """Change the settings of a round again; refused once a juror saved something."""
    require_organizer(this.competition, by)
    with transaction.atomic():
        Assignment.objects.filter(round=this).untouched().delete()
        this.move(RoundState.DRAFT, opened_at=None)


def close_round(this: Round, *, by: User) -> None:
    """Take no more scores; refused while an entry has fewer than the quorum."""
    require_organizer(this.competition, by)
    this.move(RoundState.CLOSED, closed_at=DatabaseNow())


def mark_absent(juror: Juror, *, by: User) -> None:
    """Keep what the juror scored, and give the rest to the others of an open round."""
    require_organizer(juror.round.competition, by)
    with transaction.atomic():
        rows = Juror.objects.filter(pk=juror.pk, absent_since=None)
        if not rows.update(absent_since=DatabaseNow()):
            raise ProblemError(_("This juror is absent already."), code="is_absent")
        # The plan gives the others to other jurors.
        for pair in Assignment.objects.waiting().begun().filter(juror=juror):
            pair.move(AssignmentState.VOID, reason="absent", moved_at=DatabaseNow())
        _plan_if_open(juror.round)


def mark_present(juror: Juror, *, by: User) -> None:
    """Take the juror back, who shares in what is not begun."""
    require_organizer(juror.round.competition, by)
    with transaction.atomic():
        Juror.objects.filter(pk=juror.pk).update(absent_since=None)
        _plan_if_open(juror.round)


def declare_conflict(
    this: Round,
    *,
    juror: Juror,
    entry: Submission,
    kind: str,
    explanation: str,
    by: User,
) -> None:
    """Keep the juror from the entry for good; a score of the pair does not count."""
    require_organizer(this.competition, by)
    with with_actor():
        Conflict.objects.create(
            user=juror.user,
            submission=entry,
            kind=kind,
            reason=explanation,
            declared_by=by,
        )


def _plan_if_open(this: Round) -> None:
    if this.state == RoundState.OPEN:
        plan(this, bytes.fromhex(this.seed))


# --- by two persons


def proposal_of(this: Round, kind: ApprovalKind) -> Approval | None:
    rows = Approval.objects.waiting().about(kind.name, this.pk)
    return (
        rows.filter(expires_at__gt=DatabaseNow()).select_related("proposed_by").first()
    )


def propose(this: Round, kind: ApprovalKind, *, reason: str, by: User) -> Approval:
    """Propose to close below the quorum, or to cancel; another person confirms it."""
    return approvals.propose(kind.name, this.pk, reason=reason, by=by)


def confirm(this: Round, kind: ApprovalKind, *, digest: str, by: User) -> None:
    approvals.confirm(_open(this, kind), digest=digest, by=by)
    this.refresh_from_db()


def end(this: Round, kind: ApprovalKind, *, reason: str, by: User) -> None:
    """End a proposal without effect: withdraw one's own, decline another's."""
    found = _open(this, kind)
    if found.proposed_by_id == by.pk:
        with because(reason):
            approvals.withdraw(found, by=by)
    else:
        approvals.decline(found, reason=reason, by=by)


def _open(this: Round, kind: ApprovalKind) -> Approval:
    found = proposal_of(this, kind)
    if found is None:
        raise ProblemError(NO_PROPOSAL, code="no_proposal")
    return found


def _round(number: int) -> Round:
    return Round.objects.select_related("competition").get(pk=number)


def _may_close(number: int, person: User) -> None:
    this = _round(number)
    require_organizer(this.competition, person)
    this.require(RoundState.OPEN)


def _close(approval: Approval, by: User) -> None:
    _round(approval.target_id).move(
        RoundState.CLOSED, closed_at=DatabaseNow(), close_reason=approval.reason
    )


def _may_cancel(number: int, person: User) -> None:
    this = _round(number)
    require_organizer(this.competition, person)
    this.require(RoundState.OPEN, RoundState.CLOSED)


def _cancel(approval: Approval, by: User) -> None:
    _round(approval.target_id).move(
        RoundState.CANCELLED, cancelled_at=DatabaseNow(), cancel_reason=approval.reason
    )


_TABLE = Round._meta.db_table
CLOSE = ApprovalKind("judging.close_below_quorum", _TABLE, _may_close, _close)
CANCEL = ApprovalKind("judging.cancel_round", _TABLE, _may_cancel, _cancel)
