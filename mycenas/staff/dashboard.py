"""What needs a person: cards of the admin's first page, and points before a step.

The apps register functions in ``AppConfig.ready()``; this module knows none of them.
Functions get the request and read rows through `rows_of`, so that each person sees the
numbers of the rows that the lists show to that person. Numbers are counted up to
`MOST_COUNTED` only, so that no page costs more when there are more rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, Model, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from mycenas.core.charts import Chart
from mycenas.core.templatetags.ui import grouped

Text = str | Promise
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Card:
    """A number or a short fact, with the address of what it is about.

    ``waits`` says whether a person has something to do about it. Of those that wait,
    the ones with a smaller ``rank`` come first.
    """

    value: Text
    label: Text
    address: str = ""
    detail: Text = ""
    waits: bool = False
    rank: int = 0


@dataclass(frozen=True)
class Point:
    """Something to do or to look at before an object's next step.

    A point that does not block is a warning.
    """

    sentence: Text
    address: str = ""
    blocks: bool = True


@dataclass(frozen=True)
class Link:
    """A line that leads to a page."""

    label: Text
    address: str
    detail: Text = ""


@dataclass(frozen=True)
class Panel:
    """A part of an object's overview; ``acts`` are links to what can be done.

    Those with a smaller ``rank`` come first.
    """

    title: Text
    charts: tuple[Chart, ...] = ()
    note: Text = ""
    links: tuple[Link, ...] = ()
    acts: tuple[Link, ...] = ()
    rank: int = 0


Cards = Callable[[HttpRequest], list[Card]]
# Returns the points of each object by its primary key, for all objects at once.
Checks = Callable[[HttpRequest, list[Any]], Mapping[int, list[Point]]]
Panels = Callable[[HttpRequest, Any], list[Panel]]
work: list[Cards] = []
site: list[Cards] = []
_checks: dict[type[Model], list[Checks]] = {}
_panels: dict[type[Model], list[Panels]] = {}


def add_checks(model: type[Model], checks: Checks) -> None:
    """Register what may block or precede the next step of a model's objects."""
    _checks.setdefault(model, []).append(checks)


def add_panels(model: type[Model], panels: Panels) -> None:
    """Register parts of the overview of a model's objects."""
    _panels.setdefault(model, []).append(panels)


def cards(request: HttpRequest, registry: Iterable[Cards]) -> list[Card]:
    """All cards; those that wait for a person come first."""
    found = [card for function in registry for card in function(request)]
    return sorted(found, key=lambda card: (not card.waits, card.rank))


def points(
    request: HttpRequest, model: type[Model], objects: list[Any]
) -> dict[int, list[Point]]:
    """What blocks the next step of each object by primary key, then the warnings."""
    found: dict[int, list[Point]] = {one.pk: [] for one in objects}
    for function in _checks.get(model, []) if objects else []:
        for pk, more in function(request, objects).items():
            found[pk] += more
    for several in found.values():
        several.sort(key=lambda point: not point.blocks)
    return found


def panels(request: HttpRequest, model: type[Model], obj: Any) -> list[Panel]:
    found = [one for add in _panels.get(model, []) for one in add(request, obj)]
    return sorted(found, key=lambda panel: panel.rank)


def rows_of(request: HttpRequest, model: type[Model]) -> QuerySet[Any] | None:
    """The rows that this person's list in the admin has; None without such a list."""
    model_admin = admin.site.get_model_admin(model)
    if not model_admin.has_view_permission(request):
        return None
    return model_admin.get_queryset(request).order_by().prefetch_related(None)


def list_address(model: type[Model], **filters: object) -> str:
    """The address of the admin's list of a model, with these filters."""
    address = reverse(
        f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    )
    return f"{address}?{urlencode(filters)}" if filters else address


def count(rows: QuerySet[Any]) -> int:
    """How many rows there are, as far as they are counted."""
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def counted(rows: QuerySet[Any]) -> Coalesce:
    """The same as an expression; ``rows`` may refer to an outer query."""
    several = ArraySubquery(rows.order_by().values("pk")[: MOST_COUNTED + 1])
    size = Func(several, function="cardinality", output_field=IntegerField())
    return Coalesce(size, 0)


def in_words(number: int) -> str:
    """A number as far as it was counted: “12”, or “1,000+” for all larger ones."""
    most = grouped(min(number, MOST_COUNTED))
    return f"{most}+" if number > MOST_COUNTED else most
