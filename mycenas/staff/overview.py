"""The overview of one object: its facts, its next step, what blocks it, and charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.core.db import database
from mycenas.staff import dashboard
from mycenas.staff.dashboard import Point, Text, list_address

# Of the objects on the first page; the list has all of them.
MOST_SHOWN = 12


class Step(NamedTuple):
    """What happens next to an object; with an address if a person starts it."""

    label: Text
    address: str = ""


class Act(NamedTuple):
    """A link to something that can be done with an object at any time."""

    label: Text
    address: str


class Fact(NamedTuple):
    label: Text
    value: Text
    detail: Text = ""


@dataclass(frozen=True)
class Line:
    """An object on the first page."""

    obj: Any
    address: str
    when: Fact
    step: Step | None
    points: list[Point]


@dataclass(frozen=True)
class Lines:
    """The objects of one model on the first page."""

    title: Text
    lines: list[Line]
    all_address: str
    are_more: bool


class OverviewAdmin:
    """A ModelAdmin whose objects have an overview, linked from list and form."""

    def due(self, request: HttpRequest) -> QuerySet[Any]:
        """The objects whose next step somebody waits for, the most urgent first."""
        raise NotImplementedError

    def next_step(self, obj: Any) -> Step | None:
        raise NotImplementedError

    def when(self, obj: Any, now: datetime) -> Fact:
        """The date that counts next."""
        raise NotImplementedError

    def facts(self, obj: Any, now: datetime) -> list[Fact]:
        raise NotImplementedError

    def overview_acts(self, request: HttpRequest, obj: Any) -> list[Act]:
        """Links beside the object's name, for this person."""
        return []

    def get_urls(self) -> list[URLPattern]:
        this: Any = self
        view = this.admin_site.admin_view(self.overview)
        route = path("<path:object_id>/overview/", view, name=self._overview_name)
        return [route, *super().get_urls()]  # type: ignore[misc]

    @property
    def _overview_name(self) -> str:
        this: Any = self
        return f"{this.opts.app_label}_{this.opts.model_name}_overview"

    def overview_address(self, obj: Any) -> str:
        return reverse(f"admin:{self._overview_name}", args=[obj.pk])

    @admin.display(description=_("overview"))
    def overview_link(self, obj: Any) -> SafeString:
        """A column for lists."""
        return format_html(
            '<a href="{}" aria-label="{}">{}</a>',
            self.overview_address(obj),
            _("Overview of %(thing)s") % {"thing": obj},
            _("Overview"),
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if obj := kwargs.get("obj"):
            context["overview"] = self.overview_address(obj)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc,no-any-return]

    def overview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page; 404 for an object that this person does not see."""
        this: Any = self
        obj = this.get_object(request, unquote(object_id))
        if obj is None or not this.has_view_permission(request, obj):
            raise Http404
        now = database.now()
        model = this.model
        context = {
            **this.admin_site.each_context(request),
            "opts": this.opts,
            "title": str(obj),
            "object": obj,
            "facts": self.facts(obj, now),
            "step": self.next_step(obj),
            "points": dashboard.points(request, model, [obj])[obj.pk],
            "panels": dashboard.panels(request, model, obj),
            "change": this.change_address(obj.pk),
            "acts": self.overview_acts(request, obj),
            "all_address": list_address(model),
            "media": this.media,
        }
        return TemplateResponse(request, "admin/overview.html", context)

    def lines(self, request: HttpRequest) -> Lines:
        """The objects that are due, for the first page."""
        this: Any = self
        now = database.now()
        objects = list(self.due(request)[: MOST_SHOWN + 1])
        shown = objects[:MOST_SHOWN]
        points = dashboard.points(request, this.model, shown)
        lines = [
            Line(
                obj,
                self.overview_address(obj),
                self.when(obj, now),
                self.next_step(obj),
                self._in_short(obj, points[obj.pk]),
            )
            for obj in shown
        ]
        return Lines(
            title=this.opts.verbose_name_plural,
            lines=lines,
            all_address=list_address(this.model),
            are_more=len(objects) > MOST_SHOWN,
        )

    def _in_short(self, obj: Any, points: list[Point]) -> list[Point]:
        """What blocks, and how many warnings there are if there are several."""
        warnings = [point for point in points if not point.blocks]
        if len(warnings) <= 1:
            return points
        sentence = gettext("%d things to look at before that.") % len(warnings)
        blocking = [point for point in points if point.blocks]
        return [*blocking, Point(sentence, self.overview_address(obj), blocks=False)]


def lines_of(request: HttpRequest, site: admin.AdminSite) -> list[Lines]:
    """The objects that are due, of each model with an overview that one may see."""
    return [
        model_admin.lines(request)
        for model_admin in site._registry.values()
        if isinstance(model_admin, OverviewAdmin)
        and model_admin.has_view_permission(request)
    ]
