"""What jurors do: accept the rules, score, abstain, and declare conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from mycenas.accounts.models import User
from mycenas.core.audit.actor import with_actor
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import refused_by, require_text
from submissions.judging.models import Assignment, Conflict, Juror, Remark, Score
from submissions.judging.states import AssignmentState


class Versions(NamedTuple):
    """How often a juror saved something of an entry; a page shows what it was then.

    An abstention, which has a reason, counts as a remark.
    """

    score: int = 0
    remark: int = 0


NOTHING = Versions()


@dataclass(frozen=True)
class Saved:
    """What a juror saved of an entry; nothing at the first versions."""

    versions: Versions = NOTHING
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
        # Read before the words that it counts, which may be newer, and never older.
        seen = Assignment.objects.values_list("last_version", "last_remark")
        versions = Versions(*seen.get(pk=pair.pk))
        score = Score.objects.filter(assignment=pair).order_by("-version").first()
        rows = Remark.objects.filter(assignment=pair).order_by("pk")
        remarks = dict(rows.values_list("kind", "text"))
    if score is None:
        return Saved(versions, remarks=remarks)
    return Saved(versions, score.given, score.is_complete, score.scored_at, remarks)


def save(
    pair: Assignment,
    given: Mapping[str, str] | None,
    *,
    after: Versions,
    remarks: Mapping[str, str],
) -> None:
    """Save points and words behind the versions that the page showed.

    The same form sent twice is saved once. What another window has saved meanwhile is
    not overwritten: all of the form is refused then. Without ``given`` words alone are
    saved.
    """
    with with_actor():
        now = saved_for(pair)
        if given is not None and not _is_saved(pair, now, given, after.score):
            _score(pair, given, after)
        version = after.remark
        for kind, text in remarks.items():
            if text != now.remarks.get(kind, ""):
                version += 1
                Remark.objects.create(
                    assignment=pair, version=version, kind=kind, text=text
                )
    pair.refresh_from_db()


def _is_saved(pair: Assignment, now: Saved, given: Mapping[str, Any], at: int) -> bool:
    """Whether the score stands there already; one who abstained has none."""
    is_same = now.given == dict(given) and now.versions.score in (at, at + 1)
    return is_same and pair.state != AssignmentState.ABSTAINED


def _score(pair: Assignment, given: Mapping[str, str], after: Versions) -> None:
    """PostgreSQL refuses another version than the next one.

    It does not know of which words and abstentions the page knew; they are compared
    behind the score, whose lock holds off others.
    """
    Score.objects.create(assignment=pair, version=after.score + 1, given=dict(given))
    pair.refresh_from_db()
    if pair.last_remark != after.remark:
        raise refused_by("score_version_next")


def abstain(pair: Assignment, *, reason: str) -> None:
    """Do not judge an entry; the report says how many abstained, and who not."""
    text = require_text(reason, "assignment_abstained_with_reason")
    if (pair.state, pair.reason) == (AssignmentState.ABSTAINED, text):
        return  # The same form was sent twice.
    with with_actor():
        pair.move(AssignmentState.ABSTAINED, reason=text, moved_at=DatabaseNow())


def declare_conflict(pair: Assignment, *, kind: str, reason: str, by: User) -> None:
    """The juror has a conflict of interest with the entry; scores of the pair end.

    The same form sent twice is stored once.
    """
    facts: dict[str, Any] = {
        "user": by,
        "submission": pair.submission,
        "declared_by": by,
    }
    facts |= {"kind": kind, "reason": reason}
    if not Conflict.objects.filter(**facts).exists():
        with with_actor():
            Conflict.objects.create(**facts)
