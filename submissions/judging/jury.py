"""How far each juror of a round is, for its page; scores are sealed."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext

from submissions.judging.access import with_role
from submissions.judging.models import Juror, Round
from submissions.judging.states import AssignmentState as A


def with_progress(this: Round) -> Any:
    counts = {
        name: Count("assignments", filter=Q(assignments__state=state))
        for name, state in (
            ("scored", A.SCORED),
            ("abstained", A.ABSTAINED),
            ("waiting", A.ASSIGNED),
        )
    }
    still = with_role(Juror.objects.filter(pk=OuterRef("pk")))
    rows = this.jurors.select_related("user").annotate(**counts, has_role=Exists(still))
    return rows.order_by("user__name", "pk")


def juror_in_words(juror: Any) -> str:
    words = {
        "who": juror.user,
        "scored": juror.scored,
        "abstained": juror.abstained,
        "waiting": juror.waiting,
    }
    line = gettext(
        "%(who)s: %(scored)d scored, %(waiting)d to score, abstained from %(abstained)d"
    )
    if juror.absent_since:
        line = gettext("%(who)s (absent): %(scored)d scored")
    elif not juror.has_role:
        line = gettext(
            "%(who)s (has lost the role of juror; mark the person as absent): "
            "%(scored)d scored, %(waiting)d to score"
        )
    elif not juror.accepted_at:
        line = gettext("%(who)s: has not accepted the rules; %(waiting)d to score")
    return line % words
