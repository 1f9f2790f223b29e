"""The cover on a competition's page in the admin."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from competitions.covers import workflow
from competitions.covers.forms import CoverForm
from competitions.models import Competition
from mycenas.accounts.access import signed_in
from mycenas.imaging.rendering import RenderedImage
from mycenas.staff.admin_actions import explained
from mycenas.staff.picture_forms import DecodesPicture

FILE = "new_cover"
COVER_FIELDS = ("cover_preview", FILE, "remove_cover", "cover_alt")


class CoverAdmin(DecodesPicture):
    """A ModelAdmin of competitions whose form takes a cover."""

    form: Any = CoverForm

    picture_field = FILE

    def picture_problem(self, picture: RenderedImage) -> str:
        return workflow.too_narrow(picture)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what only a form can show, where there is none."""
        admin: Any = super()
        left_out: set[str] = set()
        if obj is None or not obj.cover:
            left_out = {"cover_preview", "remove_cover"}
        if obj is not None and not self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            left_out = {FILE, "remove_cover"}
        return [
            (title, {"fields": [n for n in part["fields"] if n not in left_out]})
            for title, part in admin.get_fieldsets(request, obj)
        ]

    def save_model(
        self, request: HttpRequest, obj: Competition, form: Any, change: bool
    ) -> None:
        if form.cleaned_data.get("remove_cover"):
            workflow.take_off(obj)
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Store a new cover once the competition's row is there to stay."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if picture := form.decoded.picture:
            by, row = signed_in(request), form.instance
            draw = partial(workflow.set_cover, row, picture, by=by)
            transaction.on_commit(lambda: explained(request, draw))

    def delete_model(self, request: HttpRequest, obj: Competition) -> None:
        """With the files of a draft's cover."""
        transaction.on_commit(partial(workflow.discard, obj.cover))
        super().delete_model(request, obj)  # type: ignore[misc]

    @admin.display(description=_("cover"))
    def cover_preview(self, competition: Competition) -> SafeString | str:
        pictures = competition.cover_pictures
        if not pictures:
            return "–"
        shown = pictures[min(1, len(pictures) - 1)]
        return format_html(
            '<img class="work" src="{}" alt="{}" width="{}" height="{}">',
            shown.url,
            competition.cover_alt,
            shown.width,
            shown.height,
        )
