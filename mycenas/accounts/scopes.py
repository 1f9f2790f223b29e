"""In what people have roles: organizations, and what upper apps add, as competitions.

Apps add their scope in ``AppConfig.ready()``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from mycenas.accounts.access import may_use_roles, roles_of
from mycenas.accounts.models import Role, User

# The name of the URL where the work of a role begins; apps above serve it. Of two roles
# the first counts.
PAGES: dict[str, str] = {Role.JUROR: "judging:rounds", Role.SPONSOR: "campaigns:mine"}


@dataclass(frozen=True)
class Scope:
    """A model in whose rows people have roles.

    ``rows`` returns the rows where a person has one of the roles. ``roles`` is a
    subclass of `AbstractRole`, ``invitations`` of `AbstractInvitation`; ``field`` is
    the field of both that names the row. ``also`` are roles of wider scopes that count
    in all rows of theirs.
    """

    model: type[Model]
    field: str
    rows: Callable[..., QuerySet[Any]]
    roles: Any
    invitations: Any
    also: tuple[Any, ...] = ()

    def held_by(self, user: User | AnonymousUser, *roles: Role) -> bool:
        """Whether ``user`` has one of ``roles``, even if there is no row yet."""
        if not may_use_roles(user):
            return False
        kinds = (*self.also, self.roles)
        return user.is_superuser or any(
            roles_of(user, kind, roles).exists() for kind in kinds
        )

    def organized_by(self, user: User | AnonymousUser, row: Model) -> bool:
        """Whether ``user`` is an organizer of the row."""
        return self.rows(user, Role.ORGANIZER).filter(pk=row.pk).exists()


_scopes: dict[type[Model], Scope] = {}


def add_scope(scope: Scope) -> None:
    _scopes[scope.model] = scope


def scopes() -> list[Scope]:
    """All scopes, the widest first."""
    return list(_scopes.values())


def has_role_anywhere(user: User, role: Role) -> bool:
    """Whether ``user`` has the role in a row of any scope."""
    return any(roles_of(user, one.roles, (role,)).exists() for one in scopes())


def scope_of(model: type[Model]) -> Scope | None:
    """The scope whose rows ``model`` has."""
    return _scopes.get(model)


def scope_named(model: type[Model]) -> Scope:
    """The same for a model that must be one."""
    return _scopes[model]
