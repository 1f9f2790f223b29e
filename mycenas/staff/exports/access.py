"""Who may export what, and who sees which exports."""

from __future__ import annotations

from functools import cache

from django.db.models import Model, Q, QuerySet

from mycenas.accounts.access import may_use_roles
from mycenas.accounts.models import Role, User
from mycenas.accounts.scopes import Scope, scopes
from mycenas.staff.exports.kinds import Column, Kind, kind_named, kinds
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.states import ExportState


def scope_by_field(field: str) -> Scope | None:
    return next((scope for scope in scopes() if scope.field == field), None)


def scope_row(export: Export) -> Model | None:
    """The organization or competition of an export; None for the site."""
    scope = scope_by_field(export.scope)
    if scope is None:
        return None
    row: Model | None = scope.model._default_manager.filter(pk=export.scope_id).first()
    return row


def kinds_for(user: User) -> list[Kind]:
    """The kinds that ``user`` may export somewhere; kinds of one role ask once."""

    @cache
    def holds(field: str, roles: tuple[Role, ...]) -> bool:
        scope = scope_by_field(field)
        if scope is None:
            return may_use_roles(user) and user.is_superuser
        return scope.held_by(user, *roles)

    return [
        kind
        for kind in kinds()
        if any(holds(field, kind.roles) for field in kind.scopes)
    ]


def rows_for(user: User, kind: Kind) -> list[tuple[Scope, QuerySet[Model]]]:
    """Of what ``user`` may export the kind: each scope with its rows."""
    return [(scope, scope.rows(user, *kind.roles)) for scope in _scopes_of(kind)]


def _scopes_of(kind: Kind) -> list[Scope]:
    return [scope for scope in scopes() if scope.field in kind.scopes]


def columns_for(user: User, kind: Kind, scope: str, pk: int | None) -> list[Column]:
    """The columns that ``user`` gets of the kind there; none without a role."""
    known: dict[tuple[Role, ...], bool] = {}
    for roles in {kind.roles, *(column.roles for column in kind.columns)}:
        known[roles] = _has_role(user, roles, scope, pk)
    if scope not in kind.scopes or not known[kind.roles]:
        return []
    return [column for column in kind.columns if known[column.roles]]


def _has_role(user: User, roles: tuple[Role, ...], field: str, pk: int | None) -> bool:
    scope = scope_by_field(field)
    if scope is None:
        return may_use_roles(user) and user.is_superuser
    return scope.rows(user, *roles).filter(pk=pk).exists()


def exports_for(user: User) -> QuerySet[Export]:
    """Exports that ``user`` sees: own ones, and those of what the person organizes."""
    if not may_use_roles(user):
        return Export.objects.none()
    if user.is_superuser:
        return Export.objects.all()
    seen = Q(requested_by=user)
    for scope in scopes():
        mine = scope.rows(user, Role.ORGANIZER).values("pk")
        seen |= Q(scope=scope.field, scope_id__in=mine)
    return Export.objects.filter(seen)


def may_download(user: User, export: Export) -> bool:
    """Whether the file is there, is theirs, and they would get all of it today."""
    kind = kind_named(export.kind)
    if export.state != ExportState.DONE or export.requested_by_id != user.pk:
        return False
    if kind is None or kind.barred(scope_row(export), user):
        return False
    columns = columns_for(user, kind, export.scope, export.scope_id)
    names = {column.name for column in columns}
    return bool(names) and names.issuperset(export.columns)


def may_resolve(user: User, export: Export) -> bool:
    """Whether ``user`` gets to know which number of a pack stands for which row.

    Numbers stay when the file is gone. The person may be another than asked for it.
    """
    kind = kind_named(export.kind)
    if kind is None or not kind.exhibits:
        return False
    is_written = export.state in (ExportState.DONE, ExportState.EXPIRED)
    return is_written and bool(columns_for(user, kind, export.scope, export.scope_id))
