"""Entries and awards in the admin: the queue, decisions and prizes."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from competitions.models import Competition
from mycenas.accounts.models import STAFF_ROLES, Role
from mycenas.staff.admin_actions import ScopedAdmin
from mycenas.staff.lists import ScopeFilter
from submissions.models import Award, Submission
from submissions.review.appeals.verbs import appeal_in_words
from submissions.review.blind import BlindEntries, NamesArtists
from submissions.review.disqualification.verbs import proposal_in_words
from submissions.review.finding import DeciderFilter, FindsEntries, QueueFilter
from submissions.review.permits.verbs import request_in_words
from submissions.review.queue.admin import QueueAdmin
from submissions.review.queue.beside import BesideFilter
from submissions.review.searching import FindsWords
from submissions.verbs import AWARD_VERBS, ENTRY_VERBS


@admin.register(Submission)
class SubmissionAdmin(QueueAdmin, FindsEntries, FindsWords, BlindEntries, ScopedAdmin):
    change_list_template = "admin/review/change_list.html"
    verbs = ENTRY_VERBS
    audited_parts = (
        ("submissions_award", "submission_id"),
        ("appeals_appeal", "submission_id"),
        ("permits_permit", "submission_id"),
        ("approvals_approval", "target_id", Submission._meta.db_table),
    )
    roles = STAFF_ROLES
    scope, scope_lookup = Competition, "competition"
    list_display = (
        "thumbnail",
        "title",
        "artist",
        "competition",
        "state",
        "arrived_at",
    )
    list_display_links = ("thumbnail", "title")
    list_filter = (
        QueueFilter,
        DeciderFilter,
        BesideFilter,
        ("competition", ScopeFilter),
    )
    list_select_related = ("competition",)
    list_per_page = 24
    # Two indexes have this order, that of arrival in each competition.
    ordering = ("competition_id", "pk")
    # Shows the box; `FindsWords` looks for artists as well.
    search_fields = ("title",)
    search_help_text = format_lazy(
        "{} {}",
        FindsEntries.search_help_text,
        _("One or two letters find words that begin with them."),
    )
    fieldsets = (
        (None, {"fields": ("preview", "title", "description", "alt_text", "category")}),
        (
            _("Decision"),
            {"fields": (
                "state", "fault", "refusal", "decision_reason", "decision_code",
                "decided_by", "waiting", "changes", "replaces",
            )},
        ),
        (
            _("Receipt"),
            {"fields": (
                "competition", "participant", "arrived_at", "received_at",
                "original_name", "download", "size", "sha256", "measures", "token",
            )},
        ),
    )  # fmt: skip

    class Media:
        css = {"all": ("css/admin-queue.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        return super().get_queryset(request).prefetch_related("renditions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*flatten_fieldsets(self.fieldsets), "artist"]

    def zone_of(self, row: Submission) -> tzinfo:
        return row.competition.zone

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Only entries in the gallery have a page there."""
        if obj is None or not Submission.objects.in_gallery().filter(pk=obj.pk):
            return None
        return str(obj.get_absolute_url())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        hidden = ("show_save", "show_save_and_continue", "show_save_and_add_another")
        context.update(dict.fromkeys(hidden, False))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("picture"))
    def thumbnail(self, submission: Submission) -> SafeString | str:
        return _picture(submission, 320)

    @admin.display(description=_("picture"))
    def preview(self, submission: Submission) -> SafeString | str:
        return _picture(submission, 960)

    @admin.display(description=_("waits for a second person"))
    def waiting(self, submission: Submission) -> str:
        found = [*appeal_in_words(submission), *proposal_in_words(submission)]
        return " ".join(map(str, found)) or "–"

    @admin.display(description=_("requested changes"))
    def changes(self, submission: Submission) -> str:
        return " ".join(map(str, request_in_words(submission))) or "–"

    @admin.display(description=_("measures"))
    def measures(self, submission: Submission) -> str:
        if not submission.width:
            return "–"
        return f"{submission.width} × {submission.height}, {submission.media_type}"

    @admin.display(description=_("original"))
    def download(self, submission: Submission) -> SafeString | str:
        if not submission.original:
            return "–"
        address = reverse("submissions:original", args=[submission.public_id])
        return format_html('<a href="{}">{}</a>', address, _("Download the file"))


def _picture(submission: Submission, width_class: int) -> SafeString | str:
    rendition = submission.rendition(width_class)
    if rendition is None:
        return "–"
    return format_html(
        '<img class="work" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
        rendition.url,
        submission.text_alternative,
        rendition.width,
        rendition.height,
    )


@admin.register(Award)
class AwardAdmin(FindsEntries, NamesArtists, ScopedAdmin):
    verbs = AWARD_VERBS
    scope, scope_lookup = Competition, "competition"
    roles = (Role.ORGANIZER,)
    list_display = (
        "prize",
        "submission",
        "competition",
        "awarded_by",
        "awarded_at",
        "taken_back_at",
    )
    list_filter = (("competition", ScopeFilter),)
    entry_lookup, entry_path = "submission", "submission__"
    # Those of artists are named by the query: hidden ones are not found.
    search_fields = (
        "prize__name", "submission__title", "searched_email", "artist_name",
    )  # fmt: skip
    fields = ("prize", "submission", "citation", "taken_back_at")
    readonly_fields = ("prize", "submission", "taken_back_at")

    def zone_of(self, row: Award) -> tzinfo:
        return row.competition.zone

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
