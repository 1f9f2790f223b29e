"""The life of a permit: a request for changes of an entry in review."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class PermitState(models.TextChoices):
    OPEN = "open", _("open")
    USED = "used", _("used")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


S = PermitState

PERMIT = StateMachine(
    name="permit",
    table="permits_permit",
    states=PermitState,
    initial=S.OPEN,
    moves={
        S.OPEN: frozenset({S.USED, S.WITHDRAWN, S.EXPIRED}),
        S.USED: frozenset(),
        S.WITHDRAWN: frozenset(),
        S.EXPIRED: frozenset(),
    },
)

SENTENCES = {
    "permit_moves": _(
        "This request for changes has ended. Reload the page to see how."
    ),
    "permit_starts": _("A request for changes starts open."),
    "permit_known_state": _("A request for changes has no such state."),
    "permit_has_reason": _("Say what to change; the artist will read it."),
    "permit_ends_later": _("A request for changes ends after it is made."),
    "permit_lasts_days": _("A request for changes lasts at most 30 days."),
    "permit_ended_tied": _(
        "The state of a request for changes and the person and time of its end go "
        "together; nothing was changed."
    ),
    "permit_alone": _("Changes of this entry are requested already."),
    "permit_by_its_person": _(
        "A request for changes is stored under the name of the person who acts."
    ),
    "permit_of_entry_in_review": _(
        "Changes can be requested of an entry in review, until its competition is "
        "closed or cancelled."
    ),
    "permit_in_use": _(
        "The artist is sending a changed version. Wait until it is received, or until "
        "the time for its file is over."
    ),
    "permit_used_with_file": _(
        "A request for changes is used when the changed version is received."
    ),
    "permit_not_over": _("The time of this request for changes is not over yet."),
    "permit_facts_stay": _("A request for changes stays as it was made."),
    "permit_end_stays": _("How a request for changes ended stays on record."),
    "permit_stays": _("Requests for changes are never deleted."),
    "submission_changes_requested": _(
        "Changes of this entry are requested, and the artist has time to send them. "
        "Withdraw the request to decide now."
    ),
}

FIELDS = {"permit_has_reason": "reason", "permit_lasts_days": "days"}
