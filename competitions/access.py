"""Who may see and run a competition."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from competitions.models import HAS_CATEGORIES, Competition
from competitions.states import CompetitionState
from mycenas.accounts.access import moderates, organizes
from mycenas.accounts.models import User
from mycenas.core.db import database
from mycenas.core.http.errors import NotAllowed


def visible_or_404(
    user: User | AnonymousUser,
    slug: str,
    among: QuerySet[Competition] | None = None,
) -> Competition:
    """The one with this address, if ``user`` may see it; else ``Http404``.

    Published competitions are for everybody, drafts for those who run them. ``among``
    are rows that bring more along than the competition.
    """
    if among is None:
        also = {"has_categories": HAS_CATEGORIES}
        competition = database.select_one(Competition, also=also, slug=slug)
    else:
        competition = among.filter(slug=slug).first()
    if competition is None or (
        competition.state == CompetitionState.DRAFT
        and not moderates(user, competition.organization_id)
    ):
        raise Http404
    return competition


def require_organizer(competition: Competition, user: User) -> None:
    """Raise ``NotAllowed`` unless ``user`` organizes the competition."""
    if not organizes(user, competition.organization_id):
        raise NotAllowed(_("Only an organizer of this competition may do this."))
