"""Competitions in the admin, for organizers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from competitions import dashboard
from competitions.access import adds_to
from competitions.blind.verbs import UNBLIND
from competitions.covers.admin import COVER_FIELDS, CoverAdmin
from competitions.models import Category, Competition, Prize
from competitions.states import CompetitionState as S
from competitions.verbs import VERBS
from competitions.zones import places, zone_of
from mycenas.accounts.access import organizations_of
from mycenas.accounts.models import STAFF_ROLES
from mycenas.core.templatetags.ui import deadline_text
from mycenas.staff.admin_actions import ScopedAdmin
from mycenas.staff.datetimes import in_zone
from mycenas.staff.form_fields import BoundedFields
from mycenas.staff.ordering import POSITION, OrderedInline
from mycenas.staff.overview import Act, Fact, NextStep, OverviewAdmin
from mycenas.staff.people import PEOPLE_VERBS, PeopleAdmin


class PartInline(OrderedInline, BoundedFields, admin.TabularInline):  # type: ignore[type-arg]
    """Rows that belong to the competition: who may change it may change them."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or not obj.is_final

    has_add_permission = has_change_permission
    has_delete_permission = has_change_permission


class CategoryInline(PartInline):
    model = Category
    fields = (POSITION, "name", "slug")
    prepopulated_fields = {"slug": ("name",)}


class PrizeInline(PartInline):
    model = Prize
    fields = (POSITION, "name", "description")


def copy_column(model_admin: ScopedAdmin, organizations: set[int]) -> Any:
    """A column of links that copy the competitions of ``organizations``."""

    @admin.display(description=_("copy"))
    def copy_link(competition: Competition) -> str:
        if competition.organization_id not in organizations:
            return ""
        return format_html(
            '<a href="{}" aria-label="{}">{}</a>',
            model_admin.do_address(competition, "copy"),
            _("Copy %(thing)s") % {"thing": competition},
            _("Copy"),
        )

    return copy_link


@admin.register(Competition)
class CompetitionAdmin(CoverAdmin, OverviewAdmin, PeopleAdmin):
    scope = Competition
    overview_roles = STAFF_ROLES
    imported_page = "overview"
    verbs = (*VERBS, UNBLIND, *PEOPLE_VERBS)
    audited_parts = (
        ("competitions_category", "competition_id"),
        ("competitions_prize", "competition_id"),
        ("roles_competitionrole", "competition_id"),
        ("roles_competitioninvitation", "competition_id"),
        ("blind_unblinding", "competition_id"),
    )
    inlines = (CategoryInline, PrizeInline)
    list_display = (
        "title", "overview_link", "state", "opens", "deadline", "organization",
    )  # fmt: skip
    list_filter = ("state", dashboard.DraftFilter)
    search_fields = ("title", "slug", "organization__name")
    date_hierarchy = "closes_at"
    fieldsets = (
        (None, {"fields": ("organization", "title", "slug", "state_line", "summary")}),
        (_("Texts and contact"), {"fields": ("brief", "rules", "contact")}),
        (_("Cover"), {"fields": COVER_FIELDS}),
        (_("Dates"), {"fields": ("time_zone", "opens_at", "closes_at")}),
        (_("Review"), {"fields": ("blind",)}),
        (
            _("Limits"),
            {"fields": (
                "max_entries", "max_megabytes", "upload_window",
                "declared_upload_window",
            )},
        ),
    )  # fmt: skip

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """With a link that copies, in lists of people who add competitions."""
        names = list(super().get_list_display(request))
        if not self.has_add_permission(request):
            return names
        mine = organizations_of(request.user, *self.roles).values_list("pk", flat=True)
        # Beside the other link, where a phone shows it as well.
        return [*names[:2], copy_column(self, set(mine)), *names[2:]]

    def overview_acts(self, request: HttpRequest, obj: Competition) -> list[Act]:
        copy = Act(_("Copy it"), self.do_address(obj, "copy"))
        rows = Act(_("Import rows"), self.import_address(obj, "categories"))
        return [copy, rows] if self._organizes_all(request, obj) else [rows]

    def due(self, request: HttpRequest) -> QuerySet[Competition]:
        return dashboard.due(self.overview_rows(request)).prefetch_related(
            "categories", "prizes"
        )

    def next_step(self, obj: Competition) -> NextStep | None:
        return dashboard.next_step(obj)

    def when(self, obj: Competition, now: datetime) -> Fact:
        return dashboard.when(obj, now)

    def facts(self, obj: Competition, now: datetime) -> list[Fact]:
        return dashboard.facts(obj, now)

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> dict[str, Sequence[str]]:
        return {"slug": ("title",)} if obj is None else {}

    def get_readonly_fields(
        self, request: HttpRequest, obj: Competition | None = None
    ) -> tuple[str, ...]:
        shown = ("state_line", "cover_preview")
        if obj is None or obj.state == S.DRAFT:
            moves = obj is None or self._organizes_all(request, obj)
            return shown if moves else (*shown, "organization")
        return (
            *shown, "organization", "slug", "time_zone", "opens_at", "closes_at",
            "blind",
        )  # fmt: skip

    def _organizes_all(self, request: HttpRequest, obj: Competition) -> bool:
        """Whether the person organizes the organization, not only the competition."""
        return adds_to(request.user, obj.organization_id)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Competitions are added to an organization."""
        known: dict[Any, bool] = vars(request).setdefault("powers", {})
        if "add" not in known:
            known["add"] = organizations_of(request.user, *self.roles).exists()
        return known["add"]

    def wider(self, row: Competition) -> list[models.Model]:
        return [row.organization]

    def has_change_permission(
        self, request: HttpRequest, obj: Competition | None = None
    ) -> bool:
        may = super().has_change_permission(request, obj)
        return may and not (obj and obj.is_final)

    def can_act(self, request: HttpRequest, obj: models.Model) -> bool:
        """Also when final: a verb sent by hand is answered with its refusal."""
        return self.has_module_permission(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: Competition | None = None
    ) -> bool:
        is_draft = obj is not None and obj.state == S.DRAFT
        return is_draft and self.has_module_permission(request)

    @admin.display(description=_("state"))
    def state_line(self, competition: Competition) -> str:
        if not competition.pk:
            return "–"
        link = format_html(
            '<a href="{}">{}</a>',
            competition.get_absolute_url(),
            _("see its page"),
        )
        if competition.is_cancelled:
            return format_html(
                "{}: {} ({})", _("cancelled"), competition.cancel_reason, link
            )
        return format_html("{} ({})", competition.get_state_display(), link)

    @admin.display(description=_("entries open"), ordering="opens_at")
    def opens(self, competition: Competition) -> str:
        return in_zone(competition.opens_at, competition.zone)

    @admin.display(description=_("deadline"), ordering="closes_at")
    def deadline(self, competition: Competition) -> str:
        return deadline_text(competition.closes_at, competition.zone) or "–"

    def zone(self, request: HttpRequest, obj: Competition | None) -> tzinfo:
        """The competition's own, also the one that is typed in now."""
        name = request.POST.get("time_zone", "")
        if name in places():
            return zone_of(name)
        return super().zone(request, obj)

    def zone_of(self, row: Competition) -> tzinfo:
        return row.zone

    def words_for_zone(self) -> Any:
        return _("In the time zone above.")
