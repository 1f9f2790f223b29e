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


FOR_YOU = "you"


def for_you(request: HttpRequest, rows: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Those that wait for an approval which the person may give; see `access.is_own`.

    Who made a campaign is not known of old ones.
    """
    key = request.user.pk
    rows = rows.filter(TO_APPROVE).exclude(sponsor=key)
    return rows.filter(Q(created_by=None) | ~Q(created_by=key))


class ApprovalFilter(admin.SimpleListFilter):
    """Whether a draft waits for an approval."""

    title = _("approval")
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting")), (FOR_YOU, _("waiting for you"))]

    def queryset(
        self, request: HttpRequest, rows: QuerySet[Campaign]
    ) -> QuerySet[Campaign]:
        if self.value() == FOR_YOU:
            return for_you(request, rows)
        return rows.filter(TO_APPROVE) if self.value() else rows


def cards(request: HttpRequest) -> list[Card]:
    rows = rows_of(request, Campaign)
    if rows is None:
        return []
    waiting = count(for_you(request, rows))
    return [
        Card(
            in_words(waiting),
            ngettext("campaign to approve", "campaigns to approve", waiting),
            list_address(Campaign, approval=FOR_YOU),
            waits=waiting > 0,
        )
    ]
