"""Propose an act, and confirm, decline or withdraw the proposal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mycenas.core.approvals.kinds import kind_named
from mycenas.core.approvals.models import Approval
from mycenas.core.approvals.states import SENTENCES, ApprovalState
from mycenas.core.audit.actor import because, in_name_of
from mycenas.core.db.database import DatabaseNow
from mycenas.core.http.errors import NotAllowed, ProblemError, require_text
from mycenas.core.models import move_each

OPEN_FOR = timedelta(days=14)
LONGEST_REASON = 1000
NO_PROPOSER = _(
    "The person who proposed this has lost the role that it needs, so the proposal is "
    "no longer valid. End it; then another person can propose it."
)


def propose(
    kind: str,
    target: int,
    *,
    reason: str,
    by: Any,
    parameters: Mapping[str, Any] | None = None,
) -> Approval:
    """Propose the act ``kind`` on the row ``target``; another person confirms it."""
    known = kind_named(kind)
    known.require(target, by)
    text = require_text(reason, "approval_has_reason")[:LONGEST_REASON]
    with in_name_of(by), because(text):
        return Approval.objects.create(
            kind=kind,
            target_table=known.table,
            target_id=target,
            parameters=dict(parameters or {}),
            reason=text,
            proposed_by=by,
            expires_at=DatabaseNow() + OPEN_FOR,
        )


def confirm(approval: Approval, *, digest: str, by: Any) -> None:
    """Confirm what has this ``digest``, and do it in the same transaction."""
    if digest != approval.digest:
        raise ProblemError(
            _(
                "The page showed another proposal. Nothing was confirmed: read this "
                "one, then decide."
            ),
            code="approval_is_another",
        )
    with transaction.atomic():
        _decide(approval, ApprovalState.CONFIRMED, by=by)
        if not proposer_may(approval):
            raise ProblemError(NO_PROPOSER, code="approval_without_proposer")
        kind_named(approval.kind).act(approval, by)


def proposer_may(approval: Approval) -> bool:
    """Whether the person who proposed it may still do so: roles are taken away.

    A refusal for another reason than the person refuses all people.
    """
    try:
        kind_named(approval.kind).require(approval.target_id, approval.proposed_by)
    except ProblemError as refused:
        return not isinstance(refused, NotAllowed)
    return True


def decline(approval: Approval, *, reason: str, by: Any) -> None:
    """Refuse to confirm; the person who proposed it reads why."""
    text = require_text(reason, "approval_declined_with_reason")[:LONGEST_REASON]
    with because(text):
        _decide(approval, ApprovalState.DECLINED, by=by, decision_reason=text)


def withdraw(approval: Approval, *, by: Any) -> None:
    """Take one's own proposal back."""
    if by.pk != approval.proposed_by_id:
        raise _not_allowed("approval_withdrawn_by_proposer")
    with in_name_of(by):
        approval.move(ApprovalState.WITHDRAWN, decided_by=by, decided_at=DatabaseNow())


def expire_due() -> int:
    """End the proposals that were not decided in time; returns how many."""
    due = Approval.objects.waiting().filter(expires_at__lte=DatabaseNow())
    return move_each(due, ApprovalState.EXPIRED, decided_at=DatabaseNow())


def _decide(approval: Approval, to: ApprovalState, *, by: Any, **changes: Any) -> None:
    if by.pk == approval.proposed_by_id:
        raise _not_allowed("approval_decided_by_another")
    kind_named(approval.kind).require(approval.target_id, by)
    with in_name_of(by):
        approval.move(to, decided_by=by, decided_at=DatabaseNow(), **changes)


def _not_allowed(rule: str) -> NotAllowed:
    return NotAllowed(SENTENCES[rule], code=rule)
