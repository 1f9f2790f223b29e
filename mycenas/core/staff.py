"""The staff desk: Django's admin, for staff whose session proved a second factor."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from mycenas.core.bulk import AsksFirst
from mycenas.core.moments import NamesZones
from mycenas.core.proof import has_staff_powers
from mycenas.core.saving import RuledAdmin
from mycenas.core.wellformed import Malformed

View = Callable[..., HttpResponseBase]
# PostgreSQL counts rows to 63 bits.
KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
# Of one search; each is compared with several columns of every row.
MOST_WORDS = 32


def _with_known_keys(view: View) -> View:
    """Refuse an act on rows whose keys are none."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not all(map(KEY.fullmatch, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            sentence = _(
                "A chosen row has no number. Reload the list and choose again."
            )
            raise Malformed(sentence, code="no_such_row")
        return view(request, *args, **kwargs)

    return answer


class ShortSearches:
    """A desk whose searches PostgreSQL can answer: each word is looked up by itself."""

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


class StaffSite(admin.AdminSite):
    """Sign-in happens at /accounts/login/, the same door for everybody."""

    site_header = _("Mycenas desk")
    site_title = _("Mycenas desk")
    index_title = _("What needs you")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff) and has_staff_powers(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As usual, for rows that are named by numbers."""
        return super().admin_view(_with_known_keys(view), cacheable)

    def register(
        self, model_or_iterable: Any, admin_class: Any = None, **options: Any
    ) -> None:
        """As usual, for a desk that asks before actions and explains refusals."""
        desk = admin_class or admin.ModelAdmin
        more: tuple[type, ...] = (AsksFirst, NamesZones, ShortSearches)
        if not issubclass(desk, RuledAdmin):
            more = (*more, RuledAdmin)
        ours = type(desk.__name__, (*more, desk), {"__module__": desk.__module__})
        super().register(model_or_iterable, ours, **options)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.is_staff:
            return _to_second_factor(request, user)
        if user.is_authenticated:
            # The sign-in page would send the person straight back here.
            raise PermissionDenied
        return redirect(f"{reverse('account_login')}?{_next(request)}")


def _to_second_factor(request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
    """To the page that takes the factor, or to the one where it is set up."""
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
