"""Open appeals on the admin's first page, and before a competition closes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from competitions.states import CompetitionState
from submissions.review.second_person import SecondPerson

APPEALS = SecondPerson(
    part="appealed",
    label=ngettext_lazy("appeal to decide", "appeals to decide"),
    detail=_("Another person than the one who rejected the entry decides."),
    sentence=ngettext_lazy(
        "%d appeal waits for a decision.", "%d appeals wait for a decision."
    ),
    state=CompetitionState.MODERATION,
)
