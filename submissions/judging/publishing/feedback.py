"""What jurors wrote to artists, without their names, once a round is published."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from submissions.judging.models import Conflict, Remark
from submissions.judging.states import RemarkKind, RoundState
from submissions.models import Submission
from submissions.states import SubmissionState


def feedback_on(entry: Submission) -> list[Remark]:
    """The last feedback of each juror on an accepted entry, with its round.

    In the order of the rounds, and within one of the texts: that of the jurors would
    let artists who compare find who wrote what. A juror with a conflict has none.
    """
    if entry.state != SubmissionState.APPROVED:
        return []
    said = Remark.objects.filter(
        kind=RemarkKind.FEEDBACK,
        assignment__submission=entry,
        assignment__round__state=RoundState.PUBLISHED,
        assignment__round__competition__cancelled_at=None,
    )
    later = Remark.objects.filter(
        assignment=OuterRef("assignment"), kind=OuterRef("kind"), pk__gt=OuterRef("pk")
    )
    # One that is declared after the close leaves the assignment as it is.
    conflict = Conflict.objects.filter(
        submission=entry, user=OuterRef("assignment__juror__user")
    )
    rows = said.exclude(Q(text="") | Exists(later) | Exists(conflict))
    order = ("assignment__round__position", "assignment__round", "text")
    return list(rows.select_related("assignment__round").order_by(*order))
