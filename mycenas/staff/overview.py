"""The overview of one object: its facts, its next step, what blocks it, and charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.models import Role
from mycenas.accounts.scopes import Scope, scope_named
from mycenas.core.db import database
from mycenas.staff import dashboard
from mycenas.staff.dashboard import Point, Text, list_address

# Of the objects on the first page; the list has all of them.
MOST_SHOWN = 12


class NextStep(NamedTuple):
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
class OverviewRow:
    """An object on the first page."""

    obj: Any
    address: str
    when: Fact
    step: NextStep | None
    points: list[Point]


@dataclass(frozen=True)
class OverviewRows:
    """The objects of one model on the first page."""

    title: Text
    lines: list[OverviewRow]
    all_address: str
    are_more: bool


class OverviewAdmin:
    """A ScopedAdmin whose objects have an overview, linked from list and form.

    People with one of ``overview_roles`` read it; those with one of ``roles`` run the
    object, and see links to its other pages and what keeps it from its next step there.
    """

    overview_roles: tuple[Role, ...] = (Role.ORGANIZER,)

    def due(self, request: HttpRequest) -> QuerySet[Any]:
        """Of `overview_rows`, those with a next step, the most urgent first."""
        raise NotImplementedError

    def next_step(self, obj: Any) -> NextStep | None:
        raise NotImplementedError

    def when(self, obj: Any, now: datetime) -> Fact:
        """The date that counts next."""
        raise NotImplementedError

    def facts(self, obj: Any, now: datetime) -> list[Fact]:
        raise NotImplementedError

    def overview_acts(self, request: HttpRequest, obj: Any) -> list[Act]:
        """Links beside the object's name, for this person."""
        return []

    def roles_for(self, page: str) -> tuple[Role, ...]:
        """The roles that open a page of an object."""
        this: Any = self
        return self.overview_roles if page == "overview" else this.roles

    @property
    def _scope(self) -> Scope:
        this: Any = self
        return scope_named(this.scope)

    def has_overviews(self, request: HttpRequest) -> bool:
        """Whether the person has a role that reads overviews anywhere."""
        return self._scope.held_by(request.user, *self.overview_roles)

    def overview_rows(self, request: HttpRequest) -> QuerySet[Any]:
        """The objects whose overview the person reads."""
        return self._scope.rows(request.user, *self.overview_roles)

    def _run_by(self, request: HttpRequest, objects: list[Any]) -> set[int]:
        """The keys of those objects that the person runs."""
        this: Any = self
        if not this.has_view_permission(request):
            return set()
        keys = [one.pk for one in objects]
        rows = this.get_queryset(request).order_by().filter(pk__in=keys)
        return set(rows.values_list("pk", flat=True))

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
        obj = self._overview_of(request, unquote(object_id))
        now, model = database.now(), this.model
        points = dashboard.points(request, model, [obj])[obj.pk]
        runs = bool(self._run_by(request, [obj]))
        step = self.next_step(obj)
        context = {
            **this.admin_site.each_context(request),
            "opts": this.opts,
            "title": str(obj),
            "object": obj,
            "facts": self.facts(obj, now),
            "step": step if runs else _to_read(step),
            "points": points if runs else self._for_readers(points),
            "panels": dashboard.panels(request, model, obj),
            "change": this.change_address(obj.pk) if runs else "",
            "acts": self.overview_acts(request, obj) if runs else [],
            "all_address": self._list_address(request),
            "media": this.media,
        }
        return TemplateResponse(request, "admin/overview.html", context)

    def _overview_of(self, request: HttpRequest, key: str) -> Any:
        this: Any = self
        try:
            rows = self.overview_rows(request).filter(
                pk=this.model._meta.pk.to_python(key)
            )
        except ValidationError as error:
            raise Http404 from error
        obj = rows.first()
        if obj is None:
            raise Http404
        return obj

    def _list_address(self, request: HttpRequest) -> str:
        """The list of all objects, '' for people without one."""
        this: Any = self
        may = this.has_view_permission(request)
        return list_address(this.model) if may else ""

    def _for_readers(self, points: list[Point]) -> list[Point]:
        """Without those that only the people who run the object do something about."""
        this: Any = self
        pages = list_address(this.model)
        return [point for point in points if not point.address.startswith(pages)]

    def lines(self, request: HttpRequest) -> OverviewRows:
        """The objects that are due, for the first page."""
        this: Any = self
        now = database.now()
        objects = list(self.due(request)[: MOST_SHOWN + 1])
        shown = objects[:MOST_SHOWN]
        points = dashboard.points(request, this.model, shown)
        mine = self._run_by(request, shown)
        lines = [self._line(obj, now, points[obj.pk], obj.pk in mine) for obj in shown]
        return OverviewRows(
            title=this.opts.verbose_name_plural,
            lines=lines,
            all_address=self._list_address(request),
            are_more=len(objects) > MOST_SHOWN,
        )

    def _line(
        self, obj: Any, now: datetime, points: list[Point], runs: bool
    ) -> OverviewRow:
        step = self.next_step(obj)
        return OverviewRow(
            obj,
            self.overview_address(obj),
            self.when(obj, now),
            step if runs else _to_read(step),
            self._in_short(obj, points if runs else self._for_readers(points)),
        )

    def _in_short(self, obj: Any, points: list[Point]) -> list[Point]:
        """What blocks, and how many warnings there are if there are several."""
        warnings = [point for point in points if not point.blocks]
        if len(warnings) <= 1:
            return points
        sentence = gettext("%d things to look at before that.") % len(warnings)
        blocking = [point for point in points if point.blocks]
        return [*blocking, Point(sentence, self.overview_address(obj), blocks=False)]


def _to_read(step: NextStep | None) -> NextStep | None:
    """The step without its page."""
    return step and step._replace(address="")


def lines_of(request: HttpRequest, site: admin.AdminSite) -> list[OverviewRows]:
    """The objects that are due, of each model with an overview that one may see."""
    return [
        model_admin.lines(request)
        for model_admin in site._registry.values()
        if isinstance(model_admin, OverviewAdmin) and model_admin.has_overviews(request)
    ]
