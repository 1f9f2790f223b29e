"""Who may see a campaign's picture, and who must not approve it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from campaigns.models import Campaign
from campaigns.states import SHOWABLE
from competitions.access import competitions_of
from mycenas.accounts.models import Role, User


def visible_to(user: User | AnonymousUser) -> QuerySet[Campaign]:
    """Campaigns on show, one's own, and those of competitions one organizes."""
    public = Q(state__in=SHOWABLE)
    if not user.is_authenticated:
        return Campaign.objects.filter(public)
    organized = competitions_of(user, Role.ORGANIZER)
    mine = Q(sponsor=user) | Q(competition__in=organized)
    return Campaign.objects.filter(public | mine)


def is_own(campaign: Campaign, user: User) -> bool:
    """Whether ``user`` made or pays for it, and so must not approve it."""
    return user.pk in (campaign.created_by_id, campaign.sponsor_id)
