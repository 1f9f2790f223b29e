"""Jury rounds in the admin, for organizers."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from competitions.models import Category, Competition
from mycenas.core.templatetags.ui import deadline_text
from mycenas.staff.admin_actions import ScopedAdmin
from mycenas.staff.form_fields import BoundedFields
from mycenas.staff.ordering import POSITION, OrderedInline
from submissions.judging.access import entries_below_quorum
from submissions.judging.conflict_verbs import DECLARE_CONFLICT
from submissions.judging.constraints import SENTENCES
from submissions.judging.ending_verbs import SET_END
from submissions.judging.forms import plain
from submissions.judging.jury import juror_in_words, with_progress
from submissions.judging.models import Criterion, Round
from submissions.judging.models.round import MOST_ADVANCING
from submissions.judging.publishing.superseding_verbs import SUPERSEDING
from submissions.judging.publishing.verbs import PUBLISH
from submissions.judging.publishing.workflow import result_of
from submissions.judging.states import Advance, Method, RoundState
from submissions.judging.verbs import VERBS

TIES = (
    ("median", _("the higher median")),
    ("mean", _("the higher mean")),
    ("best", _("the best single reading")),
    ("worst", _("the better worst reading")),
    ("most_yes", _("more yes")),
    ("fewest_no", _("fewer no")),
    ("most_firsts", _("more first places")),
    ("fewest_lasts", _("fewer last places")),
    ("wins", _("more comparisons won")),
)
TIES_OF = {
    Method.WEIGHTED: ("median", "mean", "best", "worst"),
    Method.YES_NO_MAYBE: ("most_yes", "fewest_no"),
    Method.BORDA: ("most_firsts", "fewest_lasts"),
    Method.STV: (),
    Method.BRADLEY_TERRY: ("wins",),
}


class RoundForm(forms.ModelForm[Round]):
    """The settings of a draft."""

    tie_break = forms.MultipleChoiceField(
        label=_("Tie-break"),
        choices=TIES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "What decides between equal entries, from top to bottom; what is left is "
            "decided by a committed draw. The first four are for points; single "
            "transferable vote has rules of its own."
        ),
    )
    elected = forms.IntegerField(
        label=_("Entries that are elected"),
        required=False,
        min_value=1,
        max_value=MOST_ADVANCING,
        help_text=_("For single transferable vote alone."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.method == Method.STV:
            self.initial["elected"] = self.instance.elected

    class Meta:
        model = Round
        fields = (
            "competition", "category", "name", "position", "method", "aggregate",
            "rules", "readings", "quorum", "load_limit", "tie_break",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Each method has tie-breaks of its own; the guard refuses others."""
        found: dict[str, Any] = super().clean() or {}
        method = found.get("method", Method.WEIGHTED)
        known = TIES_OF[Method(method)]
        wrong = [one for one in found.get("tie_break", ()) if one not in known]
        if wrong:
            words = dict(TIES)
            names = ", ".join(str(words[one]) for one in wrong)
            sentence = _("The method does not know: %(names)s.") % {"names": names}
            self.add_error("tie_break", sentence)
        category, competition = found.get("category"), found.get("competition")
        if category and competition and category.competition_id != competition.pk:
            self.add_error("category", SENTENCES["round_category_of_competition"])
        self._elect(method == Method.STV, found.get("elected"))
        return found

    def _elect(self, is_stv: bool, number: int | None) -> None:
        """Those who advance are the elected ones."""
        this = self.instance
        if not is_stv:
            this.advance, this.advance_value = Advance.ALL, None
        elif number:
            this.advance, this.advance_value = Advance.TOP, Decimal(number)
        elif "elected" not in self.errors:
            self.add_error("elected", SENTENCES["round_elects_so_many"])


class CriterionInline(OrderedInline, BoundedFields, admin.TabularInline):  # type: ignore[type-arg]
    model = Criterion
    extra = 0
    fields = (POSITION, "name", "description", "weight", "low", "high", "step")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_change_permission = has_add_permission = has_view_permission
    has_delete_permission = has_view_permission


@admin.register(Round)
class RoundAdmin(ScopedAdmin):
    """Rounds of the competitions that a person organizes; a draft can be changed."""

    verbs = (PUBLISH, *VERBS, SET_END, DECLARE_CONFLICT, *SUPERSEDING)
    unchanging = _(
        "Only a draft can be changed. A round can be taken back to draft until a juror "
        "saves something."
    )
    form = RoundForm
    inlines: ClassVar[Any] = (CriterionInline,)
    scope, scope_lookup = Competition, "competition"
    audited_parts = (
        ("judging_criterion", "round_id"),
        ("judging_juror", "round_id"),
        ("judging_candidate", "round_id"),
        ("approvals_approval", "target_id", "judging_round"),
    )
    list_display = ("name", "competition", "category", "state")
    list_filter = ("state",)
    search_fields = ("name", "competition__title")
    list_select_related = ("competition", "category")
    read_only = (
        "state_line", "result_line", "criteria_line", "entries_line", "jurors_line",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("competition", "category", "name", "position")}),
        (
            _("How it is counted"),
            {"fields": ("method", "elected", "aggregate", "tie_break")},
        ),
        (
            _("Jury"),
            {"fields": ("rules", "readings", "quorum", "load_limit")},
        ),
        (_("Progress"), {"fields": read_only}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.read_only if obj is None else (*self.read_only, "competition")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Criteria are rows of a draft, and a line afterwards."""
        is_draft = obj is None or obj.state == RoundState.DRAFT
        return self.inlines if is_draft else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_draft = obj is None or obj.state == RoundState.DRAFT
        return is_draft and self.has_module_permission(request)

    def can_act(self, request: HttpRequest, obj: models.Model) -> bool:
        """Buttons of all rounds; what cannot be done is answered with its refusal."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_draft = obj is not None and obj.state == RoundState.DRAFT
        return is_draft and self.has_module_permission(request)

    def zone_of(self, row: Round) -> tzinfo:
        return row.competition.zone

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.related_model is Category:
            mine = self.scope_rows(request)
            rows = Category.objects.filter(competition__in=mine)
            kwargs["queryset"] = rows.select_related("competition")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    # --- how far it is; no score is read for it

    @admin.display(description=_("state"))
    def state_line(self, this: Round) -> str:
        if not this.pk:
            return "–"
        if this.closes_at is None:
            return str(this.get_state_display())
        words = {
            "state": this.get_state_display(),
            "end": deadline_text(this.closes_at, this.competition.zone),
        }
        return gettext("%(state)s; scores until %(end)s") % words

    @admin.display(description=_("result"))
    def result_line(self, this: Round) -> SafeString | str:
        """The page of the sealed result; there is none in a cancelled competition."""
        if not this.pk or this.competition.is_cancelled or result_of(this) is None:
            return "–"
        where = [this.competition.slug, this.pk]
        page = reverse("submissions:result", args=where)
        return format_html('<a href="{}">{}</a>', page, _("Ranking and scores"))

    @admin.display(description=_("criteria"))
    def criteria_line(self, this: Round) -> SafeString | str:
        if not this.pk:
            return "–"
        lines = [(criterion_in_words(one),) for one in this.criteria.all()]
        return format_html_join("", "<div>{}</div>", lines) or gettext("none yet")

    @admin.display(description=_("entries"))
    def entries_line(self, this: Round) -> str:
        if not this.pk:
            return "–"
        words = {
            "entries": this.candidates.count(),
            "short": entries_below_quorum(this),
            "quorum": this.quorum,
        }
        sentence = gettext("%(entries)d; %(short)d have fewer than %(quorum)d scores.")
        return sentence % words

    @admin.display(description=_("jurors"))
    def jurors_line(self, this: Round) -> SafeString | str:
        """Each juror with what is done; scores are sealed."""
        if not this.pk:
            return "–"
        lines = [(juror_in_words(one),) for one in with_progress(this)]
        return format_html_join("", "<div>{}</div>", lines) or gettext("none yet")


def criterion_in_words(one: Criterion) -> str:
    words = {
        "name": one.name,
        "low": plain(one.low),
        "high": plain(one.high),
        "step": plain(one.step),
        "weight": plain(one.weight),
    }
    line = gettext("%(name)s: %(low)s to %(high)s, step %(step)s, weight %(weight)s")
    return line % words
