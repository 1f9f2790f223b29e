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
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from competitions.models import Competition
from competitions.states import CompetitionState
from mycenas.accounts.models import STAFF_ROLES, Role
from mycenas.core.db import database
from mycenas.staff.admin_actions import AdminVerb, ReasonForm, ScopedAdmin
from submissions.access import is_own, why_no_decision
from submissions.models import Award, Submission
from submissions.processing import workflow as processing
from submissions.review import workflow
from submissions.review.appeals.verbs import DECISIONS as APPEAL_DECISIONS
from submissions.review.appeals.verbs import appeal_in_words
from submissions.review.disqualification.verbs import (
    DISQUALIFICATION,
    proposal_in_words,
)
from submissions.review.finding import FindsEntries, QueueFilter
from submissions.review.forms import AwardForm, DecisionForm
from submissions.review.queue.admin import QueueAdmin
from submissions.states import SENTENCES
from submissions.states import SubmissionState as S


def _in(*states: S) -> Any:
    return lambda submission: submission.state in states


def _can_win(submission: Submission) -> bool:
    is_closed = submission.competition.state == CompetitionState.CLOSED
    return submission.state == S.APPROVED and is_closed


def _own(rule: str) -> Any:
    return lambda s, user: SENTENCES[rule] if is_own(user, s) else None


_own_entry = _own("submission_decided_by_another")


_SHOWN = ngettext_lazy(
    "%(count)d entry is shown in the gallery.",
    "%(count)d entries are shown in the gallery.",
    "count",
)
_NOT_SHOWN = ngettext_lazy(
    "%(count)d entry is not shown. The artist reads your reason.",
    "%(count)d entries are not shown. Each artist reads your reason.",
    "count",
)
_MAILED = ngettext_lazy(
    "%(count)d artist gets mail.", "%(count)d artists get mail.", "count"
)


def _together(decided: Any) -> Any:
    """What happens to several entries; an artist gets one mail for each."""
    return lambda entries: [
        decided % {"count": len(entries)},
        _MAILED % {"count": len({entry.participant_id for entry in entries})},
    ]


def _no_undo(submission: Submission, user: Any) -> Any:
    if submission.decided_by_id != user.pk:
        return SENTENCES["submission_undone_by_decider"]
    return why_no_decision(submission, user)


VERBS = (
    AdminVerb(
        "approve",
        _("Approve"),
        _("Shows the entry in the gallery and tells the artist."),
        lambda s, user, data: workflow.approve(s, by=user),
        _in(S.PENDING),
        barred=why_no_decision,
        many=_together(_SHOWN),
    ),
    AdminVerb(
        "reject",
        _("Reject"),
        _("Does not show the entry. The artist reads your reason."),
        lambda s, user, data: workflow.reject(s, by=user, **data),
        _in(S.PENDING, S.QUARANTINED),
        DecisionForm,
        barred=why_no_decision,
        many=_together(_NOT_SHOWN),
    ),
    AdminVerb(
        "undo",
        _("Undo"),
        _("Puts the entry back in review; the artist gets no mail about it."),
        lambda s, user, data: workflow.undo(s, by=user),
        lambda s: bool(s.undo_until and s.undo_until > database.now()),
        barred=_no_undo,
    ),
    AdminVerb(
        "try-again",
        _("Check the file again"),
        _("Sends the file through the checks once more."),
        lambda s, user, data: processing.try_again(s, by=user),
        _in(S.QUARANTINED),
        barred=_own_entry,
    ),
    AdminVerb(
        "reopen",
        _("Reopen"),
        _("Puts the entry back in review."),
        lambda s, user, data: workflow.reopen(s, by=user, **data),
        lambda s: s.state in (S.APPROVED, S.REJECTED) and s.has_pictures,
        DecisionForm,
        barred=why_no_decision,
    ),
    *APPEAL_DECISIONS,
    *DISQUALIFICATION,
    AdminVerb(
        "award",
        _("Give a prize"),
        _("The prize becomes public when the winners are announced."),
        lambda s, user, data: workflow.give_award(submission=s, by=user, **data),
        _can_win,
        AwardForm,
        wants_object=True,
        barred=_own("award_given_by_another"),
    ),
)


@admin.register(Submission)
class SubmissionAdmin(QueueAdmin, FindsEntries, ScopedAdmin):
    change_list_template = "admin/review/change_list.html"
    verbs = VERBS
    audited_parts = (
        ("submissions_award", "submission_id"),
        ("appeals_appeal", "submission_id"),
        ("approvals_approval", "target_id", Submission._meta.db_table),
    )
    roles = STAFF_ROLES
    scope, scope_lookup = Competition, "competition"
    list_display = (
        "thumbnail",
        "title",
        "participant",
        "competition",
        "state",
        "arrived_at",
    )
    list_display_links = ("thumbnail", "title")
    list_filter = (QueueFilter, ("competition", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("competition", "participant")
    list_per_page = 24
    ordering = ("arrived_at",)
    search_fields = ("title", "participant__email", "participant__name")
    fieldsets = (
        (None, {"fields": ("preview", "title", "description", "alt_text", "category")}),
        (
            _("Decision"),
            {"fields": (
                "state", "fault", "refusal", "decision_reason", "decided_by",
                "waiting",
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
        return flatten_fieldsets(self.fieldsets)

    def zone_of(self, row: Submission) -> tzinfo:
        return row.competition.zone

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Only entries in the gallery have a page there."""
        if obj is None or not Submission.objects.in_gallery().filter(pk=obj.pk):
            return None
        return str(obj.get_absolute_url())

    def row_name(self, row: Submission) -> str:
        """How a list that asks names the entry."""
        return f"{row.title} ({row.participant})"

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
class AwardAdmin(FindsEntries, ScopedAdmin):
    verbs = (
        AdminVerb(
            "take-back",
            _("Take the prize back"),
            _("The prize can be given again. The record of both stays."),
            lambda award, user, data: workflow.take_award_back(award, by=user, **data),
            lambda award: not (award.taken_back_at or award.competition.is_final),
            ReasonForm,
            barred=lambda award, user: _own("award_given_by_another")(
                award.submission, user
            ),
        ),
    )
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
    list_filter = (("competition", admin.RelatedOnlyFieldListFilter),)
    entry_lookup = "submission"
    search_fields = (
        "prize__name",
        "submission__title",
        "submission__participant__email",
        "submission__participant__name",
    )
    fields = ("prize", "submission", "citation", "taken_back_at")
    readonly_fields = ("prize", "submission", "taken_back_at")

    def zone_of(self, row: Award) -> tzinfo:
        return row.competition.zone

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
