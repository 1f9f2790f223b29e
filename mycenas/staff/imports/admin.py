"""The page that imports a file into an organization or competition."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.access import signed_in
from mycenas.core.http.errors import ProblemError
from mycenas.core.http.wellformed import Malformed, read_json
from mycenas.staff.admin_actions import ScopedAdmin
from mycenas.staff.imports.kinds import ImportKind, Outcome, imports_into
from mycenas.staff.imports.reading import (
    MOST_BYTES,
    MOST_ROWS,
    TOO_LARGE,
    ImportRow,
    Unreadable,
    read,
)
from mycenas.staff.imports.workflow import Report, run
from mycenas.staff.kept_words import bring_back

PAGE = "import"
# Of the rows that a preview's form sends back: Django takes a form of 1 MB.
MOST_SENT = 960 * 1024
# What a preview has not written: no JSON, or JSON of another shape.
NOT_OURS = (
    Malformed, AttributeError, KeyError, OverflowError, TypeError, ValueError,
)  # fmt: skip
CHANGED = _(
    "Something changed since the preview, so nothing was imported. Look at this "
    "preview and import again."
)


class FileForm(forms.Form):
    """What to import, and the file."""

    kind = forms.ChoiceField(label=_("Rows"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV (UTF-8) or an Excel workbook; its first row names columns."),
    )

    def __init__(self, *args: Any, kinds: dict[str, ImportKind], **more: Any) -> None:
        super().__init__(*args, **more)
        choice: Any = self.fields["kind"]
        choice.choices = [(one.name, one.label) for one in kinds.values()]
        self.initial.setdefault("kind", next(iter(kinds), ""))

    def lines(self, kind: ImportKind) -> list[ImportRow]:
        """The rows of the file; raises ``ProblemError`` if it cannot be read."""
        file = self.cleaned_data["file"]
        # One byte more tells a file that is too large from one that is not.
        data = file.read(MOST_BYTES + 1)
        lines = read(data, known=list(kind.columns), required=kind.required)
        # A workbook is packed, and characters may take several bytes.
        if (size := len(_sent(lines).encode())) > MOST_SENT:
            sizes = {"size": -(-size // 1024), "most": MOST_SENT // 1024}
            raise Unreadable(TOO_LARGE % sizes)
        return lines


def _sent(lines: Iterable[ImportRow]) -> str:
    """The rows as the form of a preview sends them back; see `RowsForm`."""
    return json.dumps([[one.number, one.values] for one in lines], ensure_ascii=False)


class RowsForm(forms.Form):
    """The rows that a preview has shown, and the digest of what it showed."""

    kind = forms.CharField()
    rows = forms.CharField()
    previewed = forms.CharField()

    def clean_rows(self) -> list[ImportRow]:
        try:
            return [
                ImportRow(
                    int(number), {name: str(cell) for name, cell in values.items()}
                )
                for number, values in read_json(self.cleaned_data["rows"])[:MOST_ROWS]
            ]
        except NOT_OURS as error:
            raise forms.ValidationError(_("Choose the file again.")) from error


class ImportsAdmin(ScopedAdmin):
    """A ScopedAdmin of a scope's own model, into whose rows files are imported.

    ``imported_page`` is the page that comes after an import.
    """

    imported_page = "people"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_rows)
        name = f"{self.opts.app_label}_{self.opts.model_name}_{PAGE}"
        return [path(f"<path:object_id>/{PAGE}/", view, name=name), *super().get_urls()]

    def import_address(self, row: Any, kind: str) -> str:
        """The page that imports, with this kind chosen."""
        return f"{self.page_of(row, PAGE)}?{urlencode({'kind': kind})}"

    def import_rows(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a file, show what would become of its rows, and import them."""
        row: Any = self.get_object(request, object_id)
        kinds = imports_into(self.model)
        if row is None or not self.can_act(request, row):
            raise Http404
        if lost := bring_back(request):
            messages.warning(request, lost)
        if "rows" in request.POST:
            return self._import(request, row, kinds, is_preview=bool(lost))
        asked = request.POST if lost else request.GET
        initial = {"kind": asked.get("kind", next(iter(kinds), ""))}
        is_sent = request.method == "POST" and not lost
        given = (request.POST, request.FILES) if is_sent else ()
        form = FileForm(*given, initial=initial, kinds=kinds)
        if given and form.is_valid():
            kind = kinds[form.cleaned_data["kind"]]
            try:
                lines = form.lines(kind)
            except ProblemError as error:
                form.add_error("file", str(error.sentence))
            else:
                report = run(kind, row, lines, by=signed_in(request))
                return self._preview(request, row, kind, report)
        return self._page(request, row, "choose", form=form, kinds=kinds.values())

    def _import(
        self,
        request: HttpRequest,
        row: Any,
        kinds: dict[str, ImportKind],
        *,
        is_preview: bool,
    ) -> HttpResponse:
        """Import the rows that a preview has shown, or show the preview again."""
        form = RowsForm(request.POST)
        kind = kinds.get(request.POST.get("kind", ""))
        if kind is None or not form.is_valid():
            messages.error(request, _("Choose the file again."))
            return redirect(request.path)
        lines, previewed = form.cleaned_data["rows"], form.cleaned_data["previewed"]
        if is_preview:
            report = run(kind, row, lines, by=signed_in(request))
            return self._preview(request, row, kind, report)
        report = run(kind, row, lines, by=signed_in(request), previewed=previewed)
        if not report.is_applied:
            messages.warning(request, CHANGED)
            return self._preview(request, row, kind, report)
        done = {"rows": kind.label, "counts": ", ".join(_counts(report))}
        self.log_change(request, row, str(_("Import: %(rows)s") % done))
        messages.success(request, _("Imported %(rows)s: %(counts)s.") % done)
        return redirect(self.page_of(row, self.imported_page))

    def _preview(
        self, request: HttpRequest, row: Any, kind: ImportKind, report: Report
    ) -> HttpResponse:
        return self._page(
            request,
            row,
            "preview",
            kind=kind,
            report=report,
            counts=_counts(report),
            wrong=[one for one in report.results if one.errors],
            rows=_sent(one.line for one in report.results),
        )

    def _page(
        self, request: HttpRequest, row: Any, name: str, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import into %(thing)s") % {"thing": row},
            "object": row,
            "back": self.page_of(row, self.imported_page),
            **more,
        }
        return TemplateResponse(request, f"admin/imports/{name}.html", context)


def _counts(report: Report) -> list[str]:
    """How many rows come to each outcome, in words."""
    found = [(report.count(outcome), outcome.label) for outcome in Outcome]
    return [f"{number} {label}" for number, label in found if number]
