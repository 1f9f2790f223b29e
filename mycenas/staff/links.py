"""Which pages of the admin a person can open, so that no link leads to a 404."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model
from django.http import HttpRequest


def openable(
    site: AdminSite,
    request: HttpRequest,
    model: type[Model] | None,
    keys: Iterable[Any],
) -> set[str]:
    """Those of the primary keys whose pages the person can open, as text."""
    model_admin = site._registry.get(model) if model else None
    if model_admin is None or not model_admin.has_view_permission(request):
        return set()
    rows = model_admin.get_queryset(request).filter(pk__in=list(keys))
    return {str(key) for key in rows.values_list("pk", flat=True)}


def without_closed_links(
    site: AdminSite, request: HttpRequest, admin_form: Any, obj: Model
) -> None:
    """Show read-only rows of other tables as text where their page is not open."""
    closed = {
        name: _as_text(field)
        for name in admin_form.readonly_fields
        if (field := _foreign_key(type(obj), name))
        and (row := getattr(obj, field.name)) is not None
        and not openable(site, request, type(row), [row.pk])
    }
    for _title, options in admin_form.fieldsets:
        options["fields"] = [closed.get(name, name) for name in options["fields"]]
    admin_form.readonly_fields = [*admin_form.readonly_fields, *closed.values()]


def _foreign_key(model: type[Model], name: Any) -> ForeignKey[Any, Any] | None:
    try:
        field = model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, ForeignKey) else None


def _as_text(field: ForeignKey[Any, Any]) -> Callable[[Model], str]:
    """A column of the admin that shows the row without a link."""

    def show(obj: Model) -> str:
        return str(getattr(obj, field.name))

    show.__name__ = field.name
    show.short_description = field.verbose_name  # type: ignore[attr-defined]
    return show


def with_addresses(
    site: AdminSite, request: HttpRequest, entries: Iterable[LogEntry]
) -> list[tuple[LogEntry, str]]:
    """Entries of Django's log with the URL of their object, '' if it is not open."""
    entries = list(entries)
    keys: dict[Any, list[str]] = {}
    for entry in entries:
        keys.setdefault(entry.content_type, []).append(entry.object_id or "0")
    known = {
        kind: openable(site, request, kind.model_class() if kind else None, some)
        for kind, some in keys.items()
    }
    return [
        (entry, entry.get_admin_url() or "")
        if entry.object_id in known[entry.content_type]
        else (entry, "")
        for entry in entries
    ]
