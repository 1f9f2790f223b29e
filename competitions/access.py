"""Who may see and run a competition, by roles in it or in its organization."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from competitions.models import Category, Competition
from competitions.roles.models import CompetitionRole
from competitions.states import CompetitionState
from mycenas.accounts.access import may_use_roles, organizations_of, roles_of
from mycenas.accounts.models import (
    STAFF_ROLES,
    Membership,
    Organization,
    Role,
    User,
)
from mycenas.core.db.compiled import compiled
from mycenas.core.http.errors import NotAllowed

ADDED_BY = _("Only an organizer of the organization adds competitions to it.")


def competitions_of(user: User | AnonymousUser, *roles: Role) -> QuerySet[Competition]:
    """The competitions where ``user`` has one of ``roles``; all for superusers.

    A role in an organization counts in all its competitions.
    """
    if not may_use_roles(user):
        return Competition.objects.none()
    if user.is_superuser:
        return Competition.objects.all()
    whole = roles_of(user, Membership, roles).values("organization")
    single = roles_of(user, CompetitionRole, roles).values("competition")
    return Competition.objects.filter(Q(organization__in=whole) | Q(pk__in=single))


def organizes(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether ``user`` is an organizer of the competition."""
    return competitions_of(user, Role.ORGANIZER).filter(pk=competition.pk).exists()


def moderates(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether ``user`` moderates the competition; organizers may as well."""
    return competitions_of(user, *STAFF_ROLES).filter(pk=competition.pk).exists()


def has_role(user: User | AnonymousUser, competition: int) -> bool:
    """Whether ``user`` has any role in the competition with this key.

    This is about the person, not about what the session may do.
    """
    if not isinstance(user, User):
        return False
    held = Q(roles__user=user) | Q(organization__memberships__user=user)
    return Competition.objects.filter(held, pk=competition).exists()


def people_with(role: Role, competitions: QuerySet[Competition]) -> QuerySet[User]:
    """People who have ``role`` in one of the competitions or its organization."""
    whole = Membership.objects.filter(
        role=role, organization__in=competitions.values("organization")
    )
    single = CompetitionRole.objects.filter(role=role, competition__in=competitions)
    return User.objects.filter(
        Q(pk__in=whole.values("user")) | Q(pk__in=single.values("user"))
    )


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
        competition = _by_slug.first(slug=slug)
    else:
        competition = among.filter(slug=slug).first()
    if competition is None or not is_visible(user, competition):
        raise Http404
    return competition


def is_visible(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether ``user`` sees the public pages of the competition."""
    is_draft = competition.state == CompetitionState.DRAFT
    return not is_draft or moderates(user, competition)


@compiled
def _by_slug(slug: Any) -> QuerySet[Competition]:
    categories = Category.objects.filter(competition=OuterRef("pk"))
    found = {"has_categories": Exists(categories)}
    return Competition.objects.filter(slug=slug).annotate(**found).order_by()


def require_organizer(competition: Competition, user: User) -> None:
    """Raise ``NotAllowed`` unless ``user`` organizes the competition."""
    if not organizes(user, competition):
        raise NotAllowed(_("Only an organizer of this competition may do this."))


def adds_to(user: User | AnonymousUser, organization: int) -> bool:
    """Whether ``user`` may add competitions to the organization with this key."""
    return organizations_of(user, Role.ORGANIZER).filter(pk=organization).exists()


def require_adding(organization: Organization, user: User) -> None:
    """Raise ``NotAllowed`` unless ``user`` may add competitions there."""
    if not adds_to(user, organization.pk):
        raise NotAllowed(ADDED_BY)
