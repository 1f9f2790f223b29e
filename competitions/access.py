"""Who may see and run a competition."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.access import organizations_of, organizes
from mycenas.accounts.models import STAFF_ROLES, User


def visible_to(user: User | AnonymousUser) -> QuerySet[Competition]:
    """Published competitions, and the drafts of one's own organizations."""
    published = ~Q(state=CompetitionState.DRAFT)
    if not user.is_authenticated:
        return Competition.objects.filter(published)
    mine = organizations_of(user, *STAFF_ROLES)
    return Competition.objects.filter(published | Q(organization__in=mine))


def can_organize(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether ``user`` may move and change the competition."""
    return organizes(user, competition.organization_id)
