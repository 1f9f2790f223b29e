"""Reasons for rejecting in the admin, for organizers of the organization."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Organization
from mycenas.staff.admin_actions import ScopedAdmin
from mycenas.staff.form_fields import BoundedFields
from submissions.review.reasons.models import Reason, ReasonText


class TextInline(BoundedFields, admin.TabularInline):  # type: ignore[type-arg]
    """A text for each language; who may change the reason may change them."""

    model = ReasonText
    extra = 0
    min_num = 1
    max_num = len(settings.LANGUAGES)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    def formfield_for_dbfield(self, db_field: Any, *args: Any, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(
                label=_("language"),
                choices=settings.LANGUAGES,
                initial=settings.LANGUAGE_CODE,
            )
        return super().formfield_for_dbfield(db_field, *args, **kwargs)


@admin.register(Reason)
class ReasonAdmin(ScopedAdmin):
    scope, scope_lookup = Organization, "organization"
    audited_parts = (("reasons_reasontext", "reason_id"),)
    inlines = (TextInline,)
    list_display = ("code", "key", "words", "organization", "position", "is_active")
    list_filter = (("organization", admin.RelatedOnlyFieldListFilter), "is_active")
    list_select_related = ("organization",)
    search_fields = ("code", "texts__text")
    fields = ("organization", "code", "key", "position", "is_active")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("texts")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("organization", "code") if obj else ()

    @admin.display(description=_("text"))
    def words(self, reason: Reason) -> str:
        return reason.text_in(settings.LANGUAGE_CODE)
