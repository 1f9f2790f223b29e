"""Proposals to disqualify on the admin's first page, and beside the awards."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from competitions.states import CompetitionState
from submissions.review.second_person import SecondPerson

PROPOSALS = SecondPerson(
    part="proposed",
    label=ngettext_lazy("entry to disqualify", "entries to disqualify"),
    detail=_("Proposed; another person has to confirm it."),
    sentence=ngettext_lazy(
        "%d proposal to disqualify an entry waits for a second person.",
        "%d proposals to disqualify entries wait for a second person.",
    ),
    state=CompetitionState.CLOSED,
    blocks=False,
)
