"""Who may see and run a competition."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import Http404

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.access import has_role, organizations_of, organizes
from mycenas.accounts.models import STAFF_ROLES, User
from mycenas.core import rows


def visible_to(user: User | AnonymousUser) -> QuerySet[Competition]:
    """Published competitions, and the drafts of one's own organizations."""
    published = ~Q(state=CompetitionState.DRAFT)
    if not user.is_authenticated:
        return Competition.objects.filter(published)
    mine = organizations_of(user, *STAFF_ROLES)
    return Competition.objects.filter(published | Q(organization__in=mine))


def visible_or_404(user: User | AnonymousUser, slug: str) -> Competition:
    """The one with this address, if ``user`` may see it; else ``Http404``.

    What `visible_to` says of one competition, in a statement that is quicker made.
    """
    competition = rows.find(Competition, slug=slug)
    if competition is None or (
        competition.state == CompetitionState.DRAFT
        and not has_role(user, competition.organization_id, *STAFF_ROLES)
    ):
        raise Http404
    return competition


def can_organize(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether ``user`` may move and change the competition."""
    return organizes(user, competition.organization_id)
