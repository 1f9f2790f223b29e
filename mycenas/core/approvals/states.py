"""The life of an approval: proposed by one person, decided by another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class ApprovalState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    CONFIRMED = "confirmed", _("confirmed")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


S = ApprovalState
# States that another person than the proposer decides on.
BY_ANOTHER = (S.CONFIRMED, S.DECLINED)

APPROVAL = StateMachine(
    name="approval",
    table="approvals_approval",
    states=ApprovalState,
    initial=S.PROPOSED,
    moves={
        S.PROPOSED: frozenset({S.CONFIRMED, S.DECLINED, S.WITHDRAWN, S.EXPIRED}),
        S.CONFIRMED: frozenset(),
        S.DECLINED: frozenset(),
        S.WITHDRAWN: frozenset(),
        S.EXPIRED: frozenset(),
    },
)

TIED = _(
    "The state of a proposal and the person and time of its decision go together; "
    "nothing was changed."
)

SENTENCES = {
    "approval_moves": _(
        "This proposal is decided already. Reload the page to see its state."
    ),
    "approval_starts": _("An approval starts as a proposal."),
    "approval_known_state": _("A proposal has no such state."),
    "approval_has_reason": _(
        "Give a reason; the person who confirms this will read it."
    ),
    "approval_decided_by_another": _(
        "You proposed this. Another person has to confirm or decline it."
    ),
    "approval_withdrawn_by_proposer": _(
        "Only the person who proposed this can withdraw it. You can decline it."
    ),
    "approval_by_its_person": _(
        "A proposal and its decision are stored under the name of the person who acts."
    ),
    "approval_expires_in_time": _("A proposal is valid for 14 days at most."),
    "approval_in_time": _(
        "The time to decide on this proposal is over. Propose it again."
    ),
    "approval_declined_with_reason": _(
        "Say why you decline; the person who proposed this will read it."
    ),
    "approval_decided_tied": TIED,
    "approval_expires_later": _("A proposal expires after it was made."),
    "approval_proposed_once": _(
        "This is proposed already. Confirm, decline or withdraw that proposal first."
    ),
    "approval_facts_stay": _(
        "A proposal stays as it was made. Withdraw it and propose again."
    ),
    "approval_decision_stays": _("The decision on a proposal stays as it was made."),
    "approval_stays": _("Proposals are never deleted."),
}

FIELDS = {
    "approval_has_reason": "reason",
    "approval_declined_with_reason": "decision_reason",
}
