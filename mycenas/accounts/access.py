"""Who may do what, as far as roles in organizations decide it."""

from __future__ import annotations

from typing import Any, TypeGuard

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from mycenas.accounts.models import (
    Membership,
    Organization,
    Role,
    User,
)
from mycenas.accounts.second_factor import has_staff_powers


def signed_in(request: HttpRequest) -> User:
    """The signed-in person; ``PermissionDenied`` where sign-in was not required."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def may_use_roles(user: User | AnonymousUser) -> TypeGuard[User]:
    """Whether the roles of ``user`` count in this session: see `has_staff_powers`."""
    return isinstance(user, User) and has_staff_powers(user)


def roles_of(user: User, kind: Any, roles: tuple[Role, ...]) -> QuerySet[Any]:
    """Rows of ``kind``, a subclass of `AbstractRole`, with one of ``roles``."""
    found: QuerySet[Any] = kind._default_manager.filter(user=user, role__in=roles)
    return found


def organizations_of(
    user: User | AnonymousUser, *roles: Role
) -> QuerySet[Organization]:
    """The organizations where ``user`` has one of ``roles``; all for superusers.

    What is about a competition asks `competitions.access`: roles are also given in
    single competitions.
    """
    if not may_use_roles(user):
        return Organization.objects.none()
    if user.is_superuser:
        return Organization.objects.all()
    mine = roles_of(user, Membership, roles)
    return Organization.objects.filter(pk__in=mine.values("organization"))
