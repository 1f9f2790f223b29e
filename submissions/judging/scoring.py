"""What jurors do: accept the rules, score, abstain, and declare conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mycenas.accounts.models import User
from mycenas.core.audit.actor import with_actor
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import require_text
from submissions.judging.models import Assignment, Conflict, Juror, Remark, Score
from submissions.judging.states import AssignmentState


@dataclass(frozen=True)
class Saved:
    """What a juror saved of an entry; nothing at version 0."""

    version: int = 0
    given: dict[str, str] = field(default_factory=dict)
    is_complete: bool = False
    at: datetime | None = None
    remarks: dict[str, str] = field(default_factory=dict)


def accept_rules(seat: Juror) -> None:
    """A juror accepts the rules of the round; the clock stamps when."""
    with with_actor():
        rows = Juror.objects.filter(pk=seat.pk, accepted_at=None)
        rows.update(accepted_at=DatabaseNow())


def saved_for(pair: Assignment) -> Saved:
    """The last version, read as the actor: others see none while the round is open."""
    with with_actor():
        score = Score.objects.filter(assignment=pair).order_by("-version").first()
        rows = Remark.objects.filter(assignment=pair).order_by("pk")
        remarks = dict(rows.values_list("kind", "text"))
    if score is None:
        return Saved(remarks=remarks)
    return Saved(
        score.version, score.given, score.is_complete, score.scored_at, remarks
    )


def save(
    pair: Assignment,
    given: Mapping[str, str],
    *,
    after: int,
    remarks: Mapping[str, str],
) -> None:
    """Save a score as the version behind ``after``, which the page showed.

    The same form sent twice is saved once. PostgreSQL refuses a version that another
    window has saved meanwhile, with all that was sent beside it.
    """
    with with_actor():
        now = saved_for(pair)
        is_repeated = now.version == after + 1 and now.given == dict(given)
        if not (is_repeated or (now.version == after and _is_same(pair, now, given))):
            Score.objects.create(assignment=pair, version=after + 1, given=dict(given))
        for kind, text in remarks.items():
            if text != now.remarks.get(kind, ""):
                Remark.objects.create(assignment=pair, kind=kind, text=text)
    pair.refresh_from_db()


def _is_same(pair: Assignment, now: Saved, given: Mapping[str, Any]) -> bool:
    """Whether nothing changed; one who abstained takes that back by saving."""
    return now.given == dict(given) and pair.state != AssignmentState.ABSTAINED


def abstain(pair: Assignment, *, reason: str) -> None:
    """Do not judge an entry; the report says how many abstained, and who not."""
    text = require_text(reason, "assignment_abstained_with_reason")
    with with_actor():
        pair.move(AssignmentState.ABSTAINED, reason=text, moved_at=DatabaseNow())


def declare_conflict(pair: Assignment, *, kind: str, reason: str, by: User) -> None:
    """The juror has a conflict of interest with the entry; scores of the pair end."""
    with with_actor():
        Conflict.objects.create(
            user=by,
            submission=pair.submission,
            kind=kind,
            reason=reason,
            declared_by=by,
        )
