"""The button of a competition's admin page that shows its artists."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from competitions.blind import workflow
from competitions.blind.access import sees_names
from competitions.blind.constraints import SENTENCES
from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.staff.verbs import AdminVerb, ReasonForm, Text


def _is_hidden(competition: Competition) -> bool:
    return competition.is_blind and competition.state != CompetitionState.DRAFT


def _sees_already(competition: Competition, user: Any) -> Text | None:
    return SENTENCES["unblinding_once"] if sees_names(user, competition) else None


UNBLIND = AdminVerb(
    "unblind",
    _("Show me the artists"),
    _(
        "This competition is blind. You will see names, addresses and files of its "
        "artists; for all others they stay hidden. This cannot be taken back, and the "
        "page of the competition says who saw the artists, when and why."
    ),
    lambda c, user, data: workflow.unblind(c, by=user, **data),
    _is_hidden,
    ReasonForm,
    barred=_sees_already,
)
