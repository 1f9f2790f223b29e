"""Who may do what, as far as roles decide it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from mycenas.accounts.models import STAFF_ROLES, Membership, Organization, Role, User
from mycenas.accounts.second_factor import has_staff_powers


def signed_in(request: HttpRequest) -> User:
    """The signed-in person; ``PermissionDenied`` where sign-in was not required."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def organizations_of(
    user: User | AnonymousUser, *roles: Role
) -> QuerySet[Organization]:
    """The organizations where ``user`` has one of ``roles``; all for superusers.

    None while the session has not proved a second factor: see `has_staff_powers`.
    """
    if not isinstance(user, User) or not has_staff_powers(user):
        return Organization.objects.none()
    if user.is_superuser:
        return Organization.objects.all()
    mine = Membership.objects.filter(user=user, role__in=roles)
    return Organization.objects.filter(pk__in=mine.values("organization"))


def has_role(user: User | AnonymousUser, organization_id: int, *roles: Role) -> bool:
    """Whether ``user`` has one of ``roles`` in the organization."""
    return organizations_of(user, *roles).filter(pk=organization_id).exists()


def organizes(user: User | AnonymousUser, organization_id: int) -> bool:
    """Whether ``user`` is an organizer there."""
    return has_role(user, organization_id, Role.ORGANIZER)


def moderates(user: User | AnonymousUser, organization_id: int) -> bool:
    """Whether ``user`` moderates there; organizers may as well."""
    return has_role(user, organization_id, *STAFF_ROLES)
