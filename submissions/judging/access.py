"""Who runs and who judges in jury rounds."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from competitions.access import people_with
from competitions.models import Competition
from mycenas.accounts.models import Role, User
from mycenas.core.db.database import run
from submissions.judging.models import Assignment, Juror, Round
from submissions.judging.models.assignment import AssignmentQuerySet
from submissions.judging.states import AssignmentState, RoundState
from submissions.models import Submission
from submissions.states import SubmissionState

SHORT = "SELECT count(*) FROM judging_readings(%s) WHERE readings < %s"


def entries_below_quorum(this: Round) -> int:
    """Entries with fewer scores than the quorum; no score is read for it."""
    ((number,),) = run(SHORT, [this.pk, this.quorum])
    return int(number)


def seats_of(user: User | AnonymousUser) -> QuerySet[Juror]:
    """The seats of ``user`` on juries of rounds that jurors know of, newest first."""
    if not isinstance(user, User):
        return Juror.objects.none()
    hidden = (RoundState.DRAFT, RoundState.CANCELLED)
    rows = Juror.objects.filter(user=user, round__competition__cancelled_at=None)
    rows = rows.exclude(round__state__in=hidden)
    return rows.select_related("round__competition").order_by("-round__opened_at")


def seat_or_404(user: User | AnonymousUser, number: int) -> Juror:
    """The seat of ``user`` in the round with this key; else ``Http404``."""
    seat = seats_of(user).filter(round=number).first()
    if seat is None:
        raise Http404
    return seat


def queue_of(seat: Juror) -> AssignmentQuerySet:
    """What the juror has to judge, in the juror's own order.

    Without entries that left the competition, and pairs that do not count.
    """
    rows = Assignment.objects.filter(
        juror=seat, submission__state=SubmissionState.APPROVED
    )
    rows = rows.exclude(state=AssignmentState.VOID)
    return rows.select_related("submission__competition").order_by("position")


def new_jurors(this: Round) -> QuerySet[User]:
    """People with the role of juror who are not on the jury of the round yet."""
    here = Competition.objects.filter(pk=this.competition_id)
    people = people_with(Role.JUROR, here).filter(is_active=True)
    return people.exclude(jury_seats__round=this).order_by("pk")


def new_entries(this: Round) -> QuerySet[Submission]:
    """Accepted entries of its competition and category that it does not have yet."""
    rows = Submission.objects.filter(
        competition=this.competition_id, state=SubmissionState.APPROVED
    )
    if this.category_id is not None:
        rows = rows.filter(category=this.category_id)
    return rows.exclude(candidacies__round=this).order_by("pk")
