"""Another result takes the place of a sealed one, by two persons."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.core.approvals import workflow as approvals
from mycenas.core.approvals.models import Approval
from mycenas.core.audit.actor import because
from mycenas.core.canonical import read_canonical
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import ProblemError
from mycenas.core.results.models import Result
from mycenas.core.results.workflow import propose_superseding
from submissions.judging.counting.methods import count
from submissions.judging.models import Round
from submissions.judging.publishing.inputs import input_bytes_of
from submissions.judging.publishing.workflow import KIND, result_of

NO_PROPOSAL = _("There is no such proposal any more. Reload the page of the round.")


class Changes(NamedTuple):
    """What another count would change, in numbers that name no juror."""

    readings_before: int
    readings_after: int
    entries_before: int
    entries_after: int
    moved: int


def is_outdated(this: Round) -> bool:
    """Whether something else would be counted now than what is sealed."""
    standing = result_of(this)
    return standing is not None and input_bytes_of(this.pk) != bytes(standing.inputs)


def changes_of(this: Round) -> Changes | None:
    """What a count would change now; None if it is made from the same inputs."""
    standing = result_of(this)
    now = input_bytes_of(this.pk) if standing else b""
    if standing is None or now == bytes(standing.inputs):
        return None
    before, after = read_canonical(bytes(standing.inputs)), read_canonical(now)
    places = _places(bytes(standing.ranking))
    moved = [one for one, at in _places(count(now)).items() if places.get(one) != at]
    return Changes(
        len(before["readings"]),
        len(after["readings"]),
        len(before["entries"]),
        len(after["entries"]),
        len(moved),
    )


def _places(ranking: bytes) -> dict[str, int]:
    rows = read_canonical(ranking)["ranking"]
    return {row["entry"]: place for place, row in enumerate(rows, 1)}


def proposal_of(this: Round) -> Approval | None:
    """The proposal about the standing result that can still be confirmed."""
    standing = result_of(this)
    if standing is None:
        return None
    rows = Approval.objects.waiting().about(KIND.superseding, standing.pk)
    rows = rows.filter(expires_at__gt=DatabaseNow())
    return rows.select_related("proposed_by").first()


def propose(this: Round, *, reason: str, by: User) -> Approval:
    """Propose the result of what would be counted now; the reason becomes public."""
    return propose_superseding(_standing(this), reason=reason, by=by)


def confirm(this: Round, *, digest: str, by: User) -> None:
    approvals.confirm(_open(this), digest=digest, by=by)


def end(this: Round, *, reason: str, by: User) -> None:
    """End a proposal without effect: withdraw one's own, decline another's."""
    found = _open(this)
    if found.proposed_by_id == by.pk:
        with because(reason):
            approvals.withdraw(found, by=by)
    else:
        approvals.decline(found, reason=reason, by=by)


def _standing(this: Round) -> Result:
    found = result_of(this)
    if found is None:
        raise ProblemError(NO_PROPOSAL, code="no_result")
    return found


def _open(this: Round) -> Approval:
    found = proposal_of(this)
    if found is None:
        raise ProblemError(NO_PROPOSAL, code="no_proposal")
    return found
