"""Exports in the admin: asked for on one page, followed and downloaded on another."""

from __future__ import annotations

from contextlib import closing
from datetime import tzinfo
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.access import signed_in
from mycenas.core.digests import first_digits, starting
from mycenas.core.http.errors import ProblemError
from mycenas.staff.exports.access import (
    exports_for,
    kinds_for,
    may_download,
    may_resolve,
)
from mycenas.staff.exports.forms import ExportForm, KindForm
from mycenas.staff.exports.kinds import Column, Content, Kind, kind_named
from mycenas.staff.exports.limits import TooManyExports
from mycenas.staff.exports.models import Export
from mycenas.staff.exports.states import ExportState
from mycenas.staff.exports.tables import csv_blocks
from mycenas.staff.exports.titles import file_name, title_of
from mycenas.staff.exports.workflow import request_export
from mycenas.staff.exports.zones import zone_of, zones_of
from mycenas.staff.history import JournalAdmin
from mycenas.staff.kept_words import bring_back
from mycenas.storage import store

STOP_POLLING = 286
POLL_SECONDS = 2
NUMBERS = (
    Column("number", "number", Content.NUMBER),
    Column("reference", "reference"),
)


@admin.register(Export)
class ExportAdmin(JournalAdmin):
    """Pages of exports; nobody changes or deletes one."""

    list_display = (
        "rows", "scope_name", "state", "row_count", "requested_by", "created_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("requested_by",)
    actions = None
    show_full_result_count = False
    search_fields = ("scope_name",)
    search_help_text = _(
        "Organization or competition, or the SHA-256 of the file; 8 of its first "
        "digits are enough."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        return exports_for(signed_in(request)).order_by("-pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Export], search_term: str
    ) -> tuple[QuerySet[Export], bool]:
        """The files that a digest names, or else the words."""
        if digits := first_digits(search_term):
            found = queryset.filter(starting("sha256", digits))
            if found.exists():
                return found, False
        return super().get_search_results(request, queryset, search_term)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, whose rows know their zones: one look-up for all of a page."""
        changes: Any = super().get_changelist_instance(request)
        zones = zones_of(changes.result_list)
        for export in changes.result_list:
            export.zone = zones[export.pk]
        return changes

    def zone_of(self, row: Export) -> tzinfo:
        """Of the competition that the file is of; UTC for wider ones."""
        return vars(row).get("zone") or zone_of(row)

    def has_module_permission(self, request: HttpRequest) -> bool:
        known: dict[Any, bool] = vars(request).setdefault("powers", {})
        if "export" not in known:
            known["export"] = bool(kinds_for(signed_in(request)))
        return known["export"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("rows"), ordering="kind")
    def rows(self, export: Export) -> str:
        return title_of(export)

    def get_urls(self) -> list[URLPattern]:
        view, key = self.admin_site.admin_view, "<path:object_id>"
        return [
            path(
                f"{key}/progress/", view(self.progress), name="exports_export_progress"
            ),
            path(
                f"{key}/download/", view(self.download), name="exports_export_download"
            ),
            path(f"{key}/numbers/", view(self.numbers), name="exports_export_numbers"),
            *super().get_urls(),
        ]

    # --- asking for one

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form, or request the export and lead to its page."""
        if not self.has_add_permission(request):
            raise Http404
        user = signed_in(request)
        if lost := bring_back(request):
            messages.warning(request, lost)
        asked = request.POST or request.GET
        kinds = {kind.name: kind for kind in kinds_for(user)}
        kind = kinds.get(asked.get("kind", ""))
        if kind is None:
            return self._ask(request, KindForm(user=user), None)
        form = ExportForm(
            request.POST or None, initial=request.GET.dict(), user=user, kind=kind
        )
        filters = kind.known(asked.dict())
        if sentence := kind.why_not(filters):
            raise ProblemError(sentence, code="export_filter", status=400)
        if request.method == "POST" and not lost and form.is_valid():
            return self._request(request, form, kind, filters)
        return self._ask(request, form, kind, filters)

    def _request(
        self,
        request: HttpRequest,
        form: ExportForm,
        kind: Kind,
        filters: dict[str, str],
    ) -> HttpResponse:
        """Request the export; too many of them are refused in the form, as it is."""
        try:
            export = request_export(
                kind,
                form.row(),
                by=signed_in(request),
                format=form.cleaned_data["format"],
                filters=filters,
                once=form.cleaned_data["once"],
            )
        except TooManyExports as refused:
            form.add_error(None, str(refused.sentence))
            page = self._ask(request, form, kind, filters)
            page.status_code = refused.status
            for name, value in refused.headers.items():
                page[name] = value
            return page
        return redirect("admin:exports_export_change", export.pk)

    def _ask(
        self,
        request: HttpRequest,
        form: Any,
        kind: Kind | None,
        filters: dict[str, str] | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Export %(rows)s") % {"rows": kind.label}
            if kind
            else _("Export rows"),
            "form": form,
            "kind": kind,
            "filters": filters or {},
            "words": kind.words(filters or {}) if kind else [],
            "all_address": reverse("admin:exports_export_changelist"),
        }
        return TemplateResponse(request, "admin/exports/request.html", context)

    # --- following one

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """The page of an export, which follows its progress."""
        export = self._seen(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{title_of(export)}, {export.scope_name}",
            **self._status(request, export),
            "all_address": reverse("admin:exports_export_changelist"),
        }
        return TemplateResponse(request, "admin/exports/export.html", context)

    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that changes; status 286 makes htmx stop polling."""
        export = self._seen(request, object_id)
        status = 200 if export.is_moving else STOP_POLLING
        context = self._status(request, export)
        return render(request, "admin/exports/_progress.html", context, status=status)

    def _seen(self, request: HttpRequest, object_id: str) -> Export:
        export: Export | None = self.get_object(request, unquote(object_id))
        if export is None or not self.has_view_permission(request):
            raise Http404
        return export

    def _status(self, request: HttpRequest, export: Export) -> dict[str, Any]:
        kind, user = kind_named(export.kind), signed_in(request)
        ahead = Export.objects.filter(
            state__in=(ExportState.QUEUED, ExportState.RUNNING), pk__lt=export.pk
        )
        return {
            "export": export,
            "zone": self.zone_of(export),
            "words": kind.words(export.filters) if kind else [],
            "is_own": export.requested_by_id == user.pk,
            "may_download": may_download(user, export),
            "may_resolve": may_resolve(user, export),
            "ahead": ahead.count() if export.state == ExportState.QUEUED else 0,
            "poll_seconds": POLL_SECONDS if export.is_moving else 0,
        }

    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The file, for the person who asked for it."""
        export = self._seen(request, object_id)
        if not may_download(signed_in(request), export):
            raise Http404
        files, name = store(), file_name(export)
        if address := files.export_url(export.file, file_name=name):
            return HttpResponseRedirect(address)
        try:
            file = files.open_export(export.file)
        except FileNotFoundError as error:
            raise Http404 from error
        response = FileResponse(
            file,
            as_attachment=True,
            filename=name,
            content_type="application/octet-stream",
        )
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, no-store"
        return response

    def numbers(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which number of a pack stands for which row, as CSV."""
        export = self._seen(request, object_id)
        if not may_resolve(signed_in(request), export):
            raise Http404
        with closing(csv_blocks(export.numbers.order_by("number"), NUMBERS)) as blocks:
            table = b"".join(block for block, _rows in blocks)
        response = HttpResponse(table, content_type="text/csv; charset=utf-8")
        name = f"numbers-{file_name(export).rpartition('.')[0]}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response
