"""The life of an appeal against a rejection."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mycenas.core.states.machine import StateMachine


class AppealState(models.TextChoices):
    OPEN = "open", _("open")
    UPHELD = "upheld", _("upheld")
    DISMISSED = "dismissed", _("dismissed")


S = AppealState

APPEAL = StateMachine(
    name="appeal",
    table="appeals_appeal",
    states=AppealState,
    initial=S.OPEN,
    moves={
        S.OPEN: frozenset({S.UPHELD, S.DISMISSED}),
        S.UPHELD: frozenset(),
        S.DISMISSED: frozenset(),
    },
)

SENTENCES = {
    "appeal_moves": _("This appeal is decided already. Reload the page to read how."),
    "appeal_starts": _("An appeal starts open."),
    "appeal_known_state": _("An appeal has no such state."),
    "appeal_has_text": _("Write why the decision should be looked at again."),
    "appeal_answered": _("Answer the appeal; the artist will read it."),
    "appeal_decided_tied": _(
        "The state of an appeal and the person and time of its decision go together; "
        "nothing was changed."
    ),
    "appeal_decided_by_another": _(
        "You rejected this entry. Another organizer or moderator has to decide on the "
        "appeal; if there is none, invite one on the page “People”."
    ),
    "appeal_by_the_artist": _("Only the artist can appeal against a decision."),
    "appeal_by_its_person": _(
        "The decision on an appeal is stored under the name of the person who decides."
    ),
    "appeal_of_rejected_entry": _(
        "You can appeal against a rejection once, while the competition is not closed "
        "or cancelled. A file that could not be shown has nothing to review."
    ),
    "appeal_in_time": _(
        "This competition is closed or cancelled; appeals are not decided any more."
    ),
    "appeal_once_per_rejection": _(
        "You have appealed against this decision already. Your receipt shows the "
        "appeal."
    ),
    "appeal_facts_stay": _("An appeal and its rejection stay as they were."),
    "appeal_decision_stays": _("The decision on an appeal stays as it was made."),
    "appeal_upheld_reopens": _(
        "An appeal is upheld together with putting its entry back in review; nothing "
        "was changed."
    ),
    "appeal_stays": _("Appeals are never deleted."),
    "submission_appeal_comes_first": _(
        "The artist has appealed against the rejection. Decide on the appeal."
    ),
    "competition_appeals_decided": _(
        "Some appeals are not decided. Decide on each of them, then close."
    ),
}

FIELDS = {"appeal_has_text": "text", "appeal_answered": "answer"}
