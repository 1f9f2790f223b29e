"""The staff desk: Django's admin, for people with a role and a second factor."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from mycenas.core.wellformed import Malformed

View = Callable[..., HttpResponseBase]
# PostgreSQL counts rows to 63 bits.
KEY = re.compile(r"[0-9]{1,18}", re.ASCII)


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


class StaffSite(admin.AdminSite):
    """Sign-in happens at /accounts/login/, the same door for everybody."""

    site_header = _("Mycenas desk")
    site_title = _("Mycenas desk")
    index_title = _("What needs you")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff) and self._is_sure_of(user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As usual, for rows that are named by numbers."""
        return super().admin_view(_with_known_keys(view), cacheable)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.is_staff:
            messages.warning(
                request, _("The desk asks for a second factor. Set one up first.")
            )
            return redirect("mfa_index")
        if user.is_authenticated:
            # The sign-in page would send the person straight back here.
            raise PermissionDenied
        query = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
        return redirect(f"{reverse('account_login')}?{query}")

    def _is_sure_of(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        return not settings.STAFF_SECOND_FACTOR or is_mfa_enabled(user)
