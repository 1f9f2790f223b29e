"""The admin site, for staff whose session has proved a second factor."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from mycenas.accounts.second_factor import has_staff_powers
from mycenas.core.http.wellformed import Malformed
from mycenas.core.text import KEY
from mycenas.staff import dashboard, kept_words
from mycenas.staff.bulk import ConfirmedActions
from mycenas.staff.datetimes import ZonedColumns
from mycenas.staff.explaining import why
from mycenas.staff.lists import (
    BoundedList,
    BoundedPaginator,
    lookups_of,
    most_rows,
    require_short,
)
from mycenas.staff.overview import lines_of
from mycenas.staff.saving import RefusalAdmin

View = Callable[..., HttpResponseBase]
# Each word of a search is compared with several columns of every row.
MOST_WORDS = 32
YES_OR_NO = {"true", "false", "1", "0"}
# How filters, dates and links of our lists compare. Others read every row, or need
# what the database may have or lack.
LOOKUPS = {"exact", "in", "isnull", "gte", "lt", "year", "month", "day"}
NO_FILTER = _(
    "The address has a filter that this list does not know, or a value that it cannot "
    "read. Open the list without filters, and choose them there."
)


def _with_known_keys(view: View) -> View:
    """Refuse keys that are not numbers, and a column without a name."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not all(map(KEY.fullmatch, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            sentence = _(
                "A chosen row has no number. Reload the list and choose again."
            )
            raise Malformed(sentence, code="no_such_row")
        if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
            # Django takes it for the name of a column.
            sentence = _("The address names no column. Open the page from a list.")
            raise Malformed(sentence, code="no_such_column")
        return view(request, *args, **kwargs)

    return answer


class BoundedSearch:
    """Limit the words of a search: PostgreSQL looks up each one separately."""

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> Any:
        count = len(search_term.split())
        if count > MOST_WORDS:
            sentence = _(
                "The search has %(count)d words; the limit is %(limit)d. Search for "
                "fewer words."
            )
            raise Malformed(
                sentence % {"count": count, "limit": MOST_WORDS}, code="search_too_long"
            )
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]


class KnownFilters:
    """Refuse a list with a filter that is ignored: it would show other rows.

    Django leaves out a filter whose value it cannot read, and takes any value of an
    ``isnull`` for “yes”. It also takes every comparison that it knows, and any number
    of values; here only those of `LOOKUPS` are taken, and as many as `require_short`
    lets pass.
    """

    paginator = BoundedPaginator
    show_full_result_count = False

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        nulls = {
            name: str(value).lower()
            for name, value in request.GET.items()
            if name.endswith("__isnull")
        }
        require_short(request)
        model: Any = self.model  # type: ignore[attr-defined]
        known = all(lookups_of(model, name) <= LOOKUPS for name in request.GET)
        # Django leads to this flag for values that it cannot read.
        if ERROR_FLAG in request.GET or not (
            known and set(nulls.values()) <= YES_OR_NO
        ):
            raise Malformed(NO_FILTER, code="no_such_filter")
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        found = super().get_paginator(request, *args, **kwargs)  # type: ignore[misc]
        found.most = most_rows(request)
        return found

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedList]:
        return BoundedList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)  # type: ignore[misc]
        for one in found.filter_specs:
            if isinstance(one, admin.SimpleListFilter) and not _is_known(one):
                raise Malformed(NO_FILTER, code="no_such_filter")
        return found


def _is_known(one: admin.SimpleListFilter) -> bool:
    known = {str(value) for value, _label in one.lookup_choices}
    return one.value() is None or one.value() in known


class PlainTitles:
    """Call a list by the name of its rows, and the page of an object by its name."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        this: Any = self
        title = {"title": capfirst(this.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})  # type: ignore[misc]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        if obj := kwargs.get("obj"):
            context.update(title=str(obj), subtitle=None)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]


class StaffSite(admin.AdminSite):
    """The admin site; staff sign in at /accounts/login/ like all other people."""

    site_header = _("Mycenas desk")
    site_title = _("Mycenas desk")
    index_title = _("What needs you")
    enable_nav_sidebar = False

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The first page: what needs this person, then all lists."""
        work = dashboard.cards(request, dashboard.work)
        shown = {
            "work": work,
            "needs_you": any(card.waits for card in work),
            "site": dashboard.cards(request, dashboard.site),
            "overviews": lines_of(request, self),
        }
        return super().index(request, {**shown, **(extra_context or {})})

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff) and has_staff_powers(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Wrap a view: it refuses keys that are not numbers, and keeps lost words."""
        answer = super().admin_view(_with_known_keys(view), cacheable)

        @functools.wraps(answer)
        def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                if request.user.is_authenticated and not request.user.is_staff:
                    raise Http404
                kept_words.keep_if_ended(request)
            try:
                return answer(request, *args, **kwargs)
            except PermissionDenied as error:
                # What a person has no role for is not there for them.
                raise Http404 from error

        return keeping

    def get_urls(self) -> list[Any]:
        """Lead to public pages by the roles; Django's own view knows none."""
        route = "r/<path:content_type_id>/<path:object_id>/"
        view = self.admin_view(self.view_on_site)
        return [
            path(route, view, name="view_on_site"),
            path("why/", self.admin_view(partial(why, self)), name="why"),
            *super().get_urls(),
        ]

    def view_on_site(
        self, request: HttpRequest, content_type_id: str, object_id: str
    ) -> HttpResponse:
        """Redirect to the public page of an object whose admin page is open."""
        is_known = KEY.fullmatch(content_type_id)
        kinds = ContentType.objects.filter(pk=content_type_id if is_known else 0)
        model = kind.model_class() if (kind := kinds.first()) else None
        model_admin = self._registry.get(model) if model else None
        if model_admin is None or not model_admin.has_view_permission(request):
            raise Http404
        obj: Any = model_admin.get_object(request, object_id)
        if obj is None or model_admin.get_view_on_site_url(obj) is None:
            raise Http404
        return redirect(obj.get_absolute_url())

    def register(
        self, model_or_iterable: Any, admin_class: Any = None, **options: Any
    ) -> None:
        """Register a model with the mixins of this site."""
        base = admin_class or admin.ModelAdmin
        more: tuple[type, ...] = (
            KnownFilters,
            PlainTitles,
            ConfirmedActions,
            ZonedColumns,
            BoundedSearch,
        )
        if not issubclass(base, RefusalAdmin):
            more = (*more, RefusalAdmin)
        ours = type(base.__name__, (*more, base), {"__module__": base.__module__})
        super().register(model_or_iterable, ours, **options)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.is_staff:
            return _to_second_factor(request, user)
        if user.is_authenticated:
            # The sign-in page would redirect back here.
            raise Http404
        return redirect(f"{reverse('account_login')}?{_next(request)}")


def _to_second_factor(request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
    """Redirect to the page that asks for the factor, or to its set-up."""
    methods = get_adapter().get_reauthentication_methods(user)
    pages = [way["url"] for way in methods if way["id"].startswith("mfa_")]
    if not pages:
        messages.warning(request, SET_UP)
        return redirect("mfa_index")
    messages.warning(request, USE)
    return redirect(f"{pages[0]}?{_next(request)}")


def _next(request: HttpRequest) -> str:
    return urlencode({"next": request.GET.get("next", reverse("admin:index"))})


SET_UP = _("The desk asks for a second factor. Set one up first.")
USE = _("The desk asks for your second factor, because this session has not used it.")
