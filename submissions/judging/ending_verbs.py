"""The button with which organizers set the end of a round."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mycenas.core.db.bounds import limited
from mycenas.staff.datetimes import AdminDateTimeField
from mycenas.staff.verbs import AdminVerb, no_mail
from submissions.judging import ending
from submissions.judging.models import Round
from submissions.judging.states import RoundState


class EndForm(forms.Form):
    """When the round ends, in the time zone of its competition."""

    closes_at = AdminDateTimeField(label=_("Scores until"), required=False)

    def __init__(self, *args: Any, instance: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = limited(self.fields["closes_at"], Round, "closes_at")
        field.help_text = _(
            "In the time zone %(zone)s. Empty: until you close the round."
        ) % {"zone": instance.competition.zone}
        self.initial["closes_at"] = instance.closes_at


def _can_be_set(this: Round) -> bool:
    """A round that was opened without an end has none."""
    if this.competition.is_cancelled:
        return False
    is_ending = this.state == RoundState.OPEN and this.closes_at is not None
    return this.state == RoundState.DRAFT or is_ending


SET_END = AdminVerb(
    "end",
    _("Set the end"),
    _(
        "No score is taken afterwards, and within a minute the round closes by itself "
        "if each entry has its quorum. Once the round is open, the end moves later "
        "only, or away."
    ),
    lambda this, user, data: ending.set_end(this, by=user, **data),
    _can_be_set,
    EndForm,
    wants_object=True,
    mails=no_mail,
)
