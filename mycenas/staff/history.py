"""The history of an object in the admin: its journal, where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mycenas.core.audit.history import history_of
from mycenas.core.audit.values import Rows, all_rows


class JournalAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A ModelAdmin that shows the journal of audited rows as their history."""

    # Tables of rows that belong to an object, and the column that refers to it.
    audited_parts: Sequence[tuple[str, str] | tuple[str, str, str]] = ()

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the journal of the object, or Django's log if it has no journal."""
        if self.opts.db_table not in _audited_tables():
            return super().history_view(request, object_id, extra_context)
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        zone = self.zone_of(obj)
        with timezone.override(zone):
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("History: %(thing)s") % {"thing": obj},
                "object": obj,
                "back": self.change_address(obj.pk),
                "events": history_of(
                    obj, self.audited_parts, rows=self.named_for(request)
                ),
                "zone": zone,
            }
            page = TemplateResponse(request, "admin/audit_history.html", context)
            return page.render()

    def named_for(self, request: HttpRequest) -> Rows:
        """The rows whose names the history shows the person: those of the admin."""

        def rows(model: type[Model]) -> QuerySet[Any]:
            page = self.admin_site._registry.get(model)
            return page.get_queryset(request) if page else all_rows(model)

        return rows

    def zone_of(self, row: Any) -> tzinfo:
        """The zone in which the row's datetimes are shown."""
        return timezone.get_default_timezone()

    def change_address(self, pk: Any) -> str:
        """The URL of an object's page."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[pk])


def _audited_tables() -> set[str]:
    configs = apps.get_app_configs()
    return {one.table for config in configs for one in getattr(config, "audited", ())}
