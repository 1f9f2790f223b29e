"""What waits in the campaigns for organizers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from campaigns.models import Campaign
from campaigns.states import CampaignState
from competitions.states import CompetitionState
from mycenas.core.db.database import DatabaseNow
from mycenas.staff.dashboard import Card, count, in_words, list_address, rows_of

# Drafts that could still be shown.
TO_APPROVE = Q(
    state=CampaignState.DRAFT,
    approved_at=None,
    ends_at__gt=DatabaseNow(),
    competition__cancelled_at=None,
) & ~Q(competition__state=CompetitionState.WINNER_ANNOUNCED)


class ApprovalFilter(admin.SimpleListFilter):
    """Whether a draft waits for an approval."""

    title = _("approval")
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting"))]

    def queryset(
        self, request: HttpRequest, rows: QuerySet[Campaign]
    ) -> QuerySet[Campaign]:
        return rows.filter(TO_APPROVE) if self.value() == "waiting" else rows


def cards(request: HttpRequest) -> list[Card]:
    rows = rows_of(request, Campaign)
    if rows is None:
        return []
    waiting = count(rows.filter(TO_APPROVE))
    return [
        Card(
            in_words(waiting),
            ngettext("campaign to approve", "campaigns to approve", waiting),
            list_address(Campaign, approval="waiting"),
            waits=waiting > 0,
        )
    ]
