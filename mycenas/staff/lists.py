"""Lists of the admin that cost the same with a thousand rows and with a million."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db.models import Exists, Model, OuterRef
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.wellformed import Malformed
from mycenas.core.templatetags.ui import grouped
from mycenas.core.text import KEY

# Rows that a list leads to page by page, and a search. Filters and more words find the
# others.
MOST_LISTED = 5_000
MOST_FOUND = 1_000


# Values of filters in one address, and columns that a list is sorted by.
MOST_VALUES = 200
MOST_SORTED = 20
TOO_LONG = {
    MOST_VALUES: _(
        "The address filters by %(count)d values; the limit is %(limit)d. Choose fewer "
        "rows, or open the list without filters and choose them there."
    ),
    MOST_SORTED: _(
        "The address sorts by %(count)d columns; the limit is %(limit)d. Open the list "
        "without sorting, and choose the columns there."
    ),
}


def most_rows(request: HttpRequest) -> int:
    return MOST_FOUND if request.GET.get(SEARCH_VAR) else MOST_LISTED


def lookups_of(model: type[Model], name: str) -> set[str]:
    """How a filter compares: the parts of its name after the columns.

    The first part may also be a filter of ours or what a query adds to its rows.
    """
    parts = name.split(LOOKUP_SEP)
    row: Any = model
    for place, part in enumerate(parts):
        try:
            row = row._meta.get_field(part).related_model
        except (AttributeError, FieldDoesNotExist):
            return set(parts[max(place, 1) :])
    return set()


def require_short(request: HttpRequest) -> None:
    """Refuse an address with more values of filters, or columns to sort by, than ours.

    PostgreSQL plans each one separately.
    """
    found = {
        MOST_VALUES: sum(
            len(value.split(",")) if name.endswith("__in") else 1
            for name, values in request.GET.lists()
            for value in values
        ),
        MOST_SORTED: len(request.GET.get(ORDER_VAR, "").split(".")),
    }
    for limit, sentence in TOO_LONG.items():
        if found[limit] > limit:
            raise Malformed(
                sentence % {"count": found[limit], "limit": limit},
                code="filter_too_long",
            )


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts rows up to ``most``, and one more if there are more."""

    most = MOST_LISTED

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.most + 1].count())


class BoundedList(ChangeList):
    """A list whose last page stands for those after it, and the first for no number.

    The act that led back to a page may have taken its rows off the list.
    """

    @property
    def has_more(self) -> bool:
        """Whether there are rows that no page of the list shows."""
        return int(self.result_count) > self.most

    @property
    def counted(self) -> str:
        """The number of rows as far as they were counted: “12”, or “5,000+”."""
        most = grouped(min(self.result_count, self.most))
        return f"{most}+" if self.has_more else most

    def get_results(self, request: HttpRequest) -> None:
        self.most = most_rows(request)
        if not KEY.fullmatch(request.GET.get(PAGE_VAR, "1")):
            # Python reads digits of every script, signs and underscores.
            self.page_num = 1
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            pages = self.model_admin.get_paginator(
                request, self.queryset, self.list_per_page
            )
            self.page_num = pages.num_pages
            super().get_results(request)
        # Without a total of all rows Django offers actions on an empty list too.
        self.show_admin_actions = bool(self.result_count)


class ScopeFilter(admin.RelatedFieldListFilter):
    """Offers the objects of the admin's scope that have rows.

    Each is looked up by itself: Django's own filter reads all rows to find them.
    """

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = model_admin.model._base_manager.filter(**{field.name: OuterRef("pk")})
        mine = model_admin.scope_rows(request).filter(Exists(rows))
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(
            include_blank=False,
            ordering=ordering,
            limit_choices_to={"pk__in": mine.order_by().values("pk")},
        )
