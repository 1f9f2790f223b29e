"""Who may see and run a competition."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.access import has_role, organizes
from mycenas.accounts.models import STAFF_ROLES, User


def visible_or_404(
    user: User | AnonymousUser,
    slug: str,
    rows: QuerySet[Competition] | None = None,
) -> Competition:
    """The one with this address, if ``user`` may see it; else ``Http404``.

    Published competitions are for everybody, drafts for those who run them. ``rows``
    bring more along than the competition.
    """
    every = Competition.objects.all() if rows is None else rows
    competition = get_object_or_404(every, slug=slug)
    if competition.state != CompetitionState.DRAFT or has_role(
        user, competition.organization_id, *STAFF_ROLES
    ):
        return competition
    raise Http404


def can_organize(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether ``user`` may move and change the competition."""
    return organizes(user, competition.organization_id)
