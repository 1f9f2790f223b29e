"""Admin classes that show only rows of the organizations where a person has a role."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from mycenas.accounts.access import organizations_of
from mycenas.accounts.models import Organization, Role
from mycenas.core.addresses import in_words
from mycenas.staff.admin_actions import VerbsAdmin


class OrganizationScopedAdmin(VerbsAdmin):
    """Limits rows to organizations where the person has one of ``roles``.

    ``organization_lookup`` is the lookup from the model to its organization.
    """

    organization_lookup = "organization"
    roles: tuple[Role, ...] = (Role.ORGANIZER,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        mine = organizations_of(request.user, *self.roles)
        return rows.filter(**{f"{self.organization_lookup}__in": mine})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, in_words(search_term))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Every page asks this several times for each model: one query for all."""
        known: dict[tuple[Role, ...], bool] = vars(request).setdefault("powers", {})
        if self.roles not in known:
            known[self.roles] = organizations_of(request.user, *self.roles).exists()
        return known[self.roles]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.related_model is Organization:
            kwargs["queryset"] = organizations_of(request.user, *self.roles)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
