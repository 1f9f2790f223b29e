"""What keeps an entry in review from a decision: its state stays, and only waits.

PostgreSQL refuses the decision by `submission_changes_requested` and
`submission_claimed_by_another`; here is what the pages of staff say before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import User
from mycenas.staff.verbs import Text
from submissions.access import why_no_decision
from submissions.models import Submission
from submissions.review.claims.workflow import live_claims
from submissions.review.permits import workflow as permits
from submissions.review.permits.models import Permit
from submissions.review.permits.states import SENTENCES
from submissions.states import SubmissionState

_IS_HELD = _(
    "%(name)s is deciding on this entry. It is free again with the decision, or after "
    "five minutes without one."
)
_KNOWN = "holds"


def read_holds(entries: Sequence[Submission]) -> None:
    """Read for all these entries at once what `why_not_decided` asks of each."""
    keys = [one.pk for one in entries if one.state == SubmissionState.PENDING]
    requested = permits.holding(keys) if keys else {}
    claimed = live_claims(keys) if keys else {}
    for one in entries:
        vars(one)[_KNOWN] = (requested.get(one.pk), claimed.get(one.pk))


def why_not_decided(submission: Submission, user: User | AnonymousUser) -> Text | None:
    """As `why_no_decision`; of an entry in review also what it waits for."""
    if sentence := why_no_decision(submission, user):
        return sentence
    permit, holder = _holds(submission)
    if permit is not None:
        return SENTENCES["submission_changes_requested"]
    return _held(holder, user)


def why_not_requested(
    submission: Submission, user: User | AnonymousUser
) -> Text | None:
    """As `why_no_decision`; no changes are requested while another person decides."""
    if sentence := why_no_decision(submission, user):
        return sentence
    return _held(_holds(submission)[1], user)


def why_request_stays(
    submission: Submission, user: User | AnonymousUser
) -> Text | None:
    """As `why_no_decision`, while a changed version may still come."""
    if sentence := why_no_decision(submission, user):
        return sentence
    permit: Any = _holds(submission)[0]
    return SENTENCES["permit_in_use"] if permit and permit.is_in_use else None


def _holds(submission: Submission) -> tuple[Permit | None, User | None]:
    if _KNOWN not in vars(submission):
        read_holds([submission])
    found: tuple[Permit | None, User | None] = vars(submission)[_KNOWN]
    return found


def _held(holder: User | None, user: User | AnonymousUser) -> Text | None:
    if holder is None or holder.pk == user.pk:
        return None
    return _IS_HELD % {"name": holder}
