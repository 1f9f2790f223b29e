"""Who runs and who judges in jury rounds."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from competitions.access import people_with
from competitions.models import Competition
from competitions.roles.models import CompetitionRole
from mycenas.accounts.models import Membership, Role, User
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


def with_role(seats: QuerySet[Juror]) -> QuerySet[Juror]:
    """Seats of people who have the role of juror still: roles are taken away."""
    mine = {"user": OuterRef("user"), "role": Role.JUROR}
    single = CompetitionRole.objects.filter(
        **mine, competition=OuterRef("round__competition")
    )
    whole = Membership.objects.filter(
        **mine, organization=OuterRef("round__competition__organization")
    )
    return seats.filter(Exists(single) | Exists(whole))


def seats_of(user: User | AnonymousUser) -> QuerySet[Juror]:
    """The seats of ``user``, a juror, in rounds that jurors know of, newest first."""
    if not isinstance(user, User):
        return Juror.objects.none()
    hidden = (RoundState.DRAFT, RoundState.CANCELLED)
    rows = Juror.objects.filter(user=user, round__competition__cancelled_at=None)
    rows = with_role(rows.exclude(round__state__in=hidden))
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


def pair_or_404(
    user: User | AnonymousUser, number: int, position: int
) -> tuple[Juror, Assignment]:
    """The pair at this position, once the juror has accepted the rules."""
    seat = seat_or_404(user, number)
    pair = queue_of(seat).filter(position=position).first()
    if pair is None or not seat.accepted_at:
        raise Http404
    return seat, pair


def declared_or_404(
    user: User | AnonymousUser, number: int, position: int
) -> tuple[Juror, Assignment]:
    """The same, also if the juror has declared a conflict with the entry already."""
    seat = seat_or_404(user, number)
    rows = Assignment.objects.filter(
        juror=seat,
        position=position,
        state=AssignmentState.VOID,
        submission__conflicts__user=seat.user_id,
    )
    pair = rows.select_related("submission__competition").first()
    return (seat, pair) if pair else pair_or_404(user, number, position)


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
