"""Campaigns in the admin, for organizers."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial
from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns import counting, workflow
from campaigns.access import is_own
from campaigns.dashboard import ApprovalFilter
from campaigns.forms import CampaignForm, CompetitionForm, EndForm
from campaigns.models import Campaign
from campaigns.states import RUNS, SENTENCES
from campaigns.states import CampaignState as S
from competitions.access import competitions_of, people_with
from competitions.models import Competition
from mycenas.accounts.access import signed_in
from mycenas.accounts.models import Role, User
from mycenas.core.db import database
from mycenas.staff.admin_actions import ScopedAdmin, explained
from mycenas.staff.picture_forms import DecodesPicture
from mycenas.staff.verbs import AdminVerb


def _in(*states: S) -> Any:
    return lambda campaign: campaign.state in states


def _own_campaign(campaign: Campaign, user: User) -> Any:
    own = is_own(campaign, user)
    return SENTENCES["campaign_approved_by_another"] if own else None


def _can_be_scheduled(campaign: Campaign) -> bool:
    is_approved = campaign.state == S.DRAFT and bool(campaign.approved_at)
    return is_approved and campaign.ends_at > database.now()


VERBS = (
    AdminVerb(
        "approve",
        _("Approve"),
        _("You have looked at the picture, the text and the address it leads to."),
        lambda c, user, data: workflow.approve(c, by=user),
        lambda c: c.state == S.DRAFT and not c.approved_at,
        barred=_own_campaign,
    ),
    AdminVerb(
        "schedule",
        _("Schedule"),
        _("Shows it on the competition's page inside its window."),
        lambda c, user, data: workflow.schedule(c, by=user),
        _can_be_scheduled,
    ),
    AdminVerb(
        "back-to-draft",
        _("Back to draft"),
        _("It can be changed then and needs a new approval."),
        lambda c, user, data: workflow.back_to_draft(c, by=user),
        _in(S.SCHEDULED),
    ),
    AdminVerb(
        "pause",
        _("Pause"),
        _("Hides it until you resume it."),
        lambda c, user, data: workflow.pause(c, by=user),
        _in(S.RUNNING),
    ),
    AdminVerb(
        "resume",
        _("Resume"),
        _("Shows it again, inside its window."),
        lambda c, user, data: workflow.resume(c, by=user),
        _in(S.PAUSED),
    ),
    AdminVerb(
        "change-end",
        _("Move the end"),
        _("Its sponsor sees the new end and reads your reason."),
        lambda c, user, data: workflow.change_end(c, by=user, **data),
        _in(*RUNS),
        EndForm,
        wants_object=True,
    ),
    AdminVerb(
        "end",
        _("End"),
        _("Ends it for good."),
        lambda c, user, data: workflow.end(c, by=user),
        _in(*RUNS),
    ),
)


@admin.register(Campaign)
class CampaignAdmin(DecodesPicture, ScopedAdmin):
    verbs = VERBS
    unchanging = _(
        "Only a draft can be changed: what was approved stays as it is. A campaign "
        "that has not begun can be taken back to draft."
    )
    form = CampaignForm
    picture_field = CampaignForm.picture_field
    scope, scope_lookup = Competition, "competition"
    list_display = ("name", "competition", "sponsor", "state", "starts_at", "ends_at")
    list_filter = (ApprovalFilter, "state")
    search_fields = (
        "name",
        "headline",
        "target_url",
        "sponsor__email",
        "sponsor__name",
    )
    fieldsets = (
        (
            None,
            {"fields": ("name", "competition", "sponsor", "created_by", "state_line")},
        ),
        (_("Window"), {"fields": ("starts_at", "ends_at")}),
        (
            _("What is shown"),
            {
                "fields": (
                    "preview",
                    "new_picture",
                    "alt_text",
                    "headline",
                    "target_url",
                )
            },
        ),
        (_("Numbers"), {"fields": ("numbers",)}),
    )
    read_only = ("created_by", "state_line", "preview", "numbers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return counting.with_numbers(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or obj.state == S.DRAFT:
            return self.read_only
        return (*self.read_only, *CampaignForm.Meta.fields)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or obj.state == S.DRAFT:
            return self.fieldsets
        return [
            (title, {"fields": [n for n in part["fields"] if n != self.picture_field]})
            for title, part in self.fieldsets
        ]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.related_model is User:
            mine = competitions_of(request.user, Role.ORGANIZER)
            kwargs["queryset"] = people_with(Role.SPONSOR, mine)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def zone_of(self, row: Campaign) -> tzinfo:
        """As its sponsor reads it."""
        return row.competition.zone

    # --- adding one, in the zone of its competition

    def zone(self, request: HttpRequest, obj: Campaign | None) -> tzinfo:
        competition = obj.competition if obj else self._chosen(request)
        return competition.zone if competition else timezone.get_default_timezone()

    def _chosen(self, request: HttpRequest) -> Competition | None:
        """The competition of a new campaign; if none was named, the only one."""
        rows = self.scope_rows(request)
        key = request.GET.get("competition") or request.POST.get("competition")
        if not key:
            few = rows[:2]
            return few[0] if len(few) == 1 else None
        form = CompetitionForm({"competition": key}, among=rows)
        return form.cleaned_data["competition"] if form.is_valid() else None

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form, or first the question for which competition it is."""
        asks = request.method == "GET" and self.has_add_permission(request)
        if asks and self._chosen(request) is None:
            return self._ask_for_competition(request)
        return super().add_view(request, form_url, extra_context)

    def _ask_for_competition(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET if "competition" in request.GET else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Add campaign"),
            "form": CompetitionForm(asked, among=self.scope_rows(request)),
            "all_address": reverse("admin:campaigns_campaign_changelist"),
        }
        return TemplateResponse(request, "admin/campaigns/competition.html", context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Times of a new campaign are of one zone: its competition stays as chosen."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None:
            chosen = self._chosen(request)
            field = form.base_fields["competition"]
            field.empty_label = None
            field.queryset = field.queryset.filter(pk=chosen.pk if chosen else None)
            field.widget.can_add_related = field.widget.can_change_related = False
        return form

    # --- saving

    def save_model(
        self, request: HttpRequest, obj: Campaign, form: Any, change: bool
    ) -> None:
        """A draft that is changed needs a new approval."""
        if not change:
            obj.created_by = signed_in(request)
        if obj.state == S.DRAFT and form.has_changed():
            obj.approved_at = obj.approved_by = None
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Store a new picture once the campaign's row is there to stay."""
        super().save_related(request, form, formsets, change)
        if picture := form.decoded.picture:
            draw = partial(workflow.store_picture, form.instance, picture)
            transaction.on_commit(lambda: explained(request, draw))

    @admin.display(description=_("state"))
    def state_line(self, campaign: Campaign) -> str:
        if not campaign.pk:
            return "–"
        approval = _("approved") if campaign.approved_at else _("not approved")
        return f"{campaign.get_state_display()}, {approval}"

    @admin.display(description=_("picture"))
    def preview(self, campaign: Campaign) -> SafeString | str:
        if not campaign.picture:
            return "–"
        return format_html(
            '<img class="work" src="{}" alt="{}" width="{}" height="{}">',
            campaign.picture_url,
            campaign.alt_text,
            campaign.picture_width,
            campaign.picture_height,
        )

    @admin.display(description=_("shown and clicked"))
    def numbers(self, campaign: Any) -> str:
        if not campaign.pk:
            return "–"
        return _(
            "unique visitors by day: shown %(shown)d, clicked %(clicked)d; "
            "repeats: shown %(shown_again)d, clicked %(clicked_again)d"
        ) % {
            "shown": campaign.shown,
            "clicked": campaign.clicked,
            "shown_again": campaign.shown_again,
            "clicked_again": campaign.clicked_again,
        }

    class Media:
        css = {"all": ("css/admin-queue.css",)}
