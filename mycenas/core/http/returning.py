"""Where people go on after signing in: a whole page, never a part of one or an act."""

from __future__ import annotations

import functools
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import csrf
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

View = Callable[..., HttpResponse]


def own_path(request: HttpRequest, address: str) -> str:
    """What follows the host in an address of this site; '' for every other address."""
    parts = urlsplit(address)
    try:
        is_own = parts.netloc == request.get_host()
    except DisallowedHost:
        return ""
    path = urlunsplit(parts._replace(scheme="", netloc=""))
    is_plain = path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
    return path if is_own and is_plain else ""


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


class SignInAgainMiddleware:
    """Sends the whole page to the sign-in where htmx would swap that into a part."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_part(request):
            return response
        sign_in = resolve_url(settings.LOGIN_URL)
        leads_to = urlsplit(response.headers.get("Location", "")).path
        if leads_to not in (sign_in, reverse("admin:login")):
            return response
        page = own_path(request, request.headers.get("HX-Current-URL", ""))
        query = f"?{urlencode({'next': page})}" if page else ""
        return HttpResponseClientRedirect(sign_in + query)


def acts(page: Callable[..., str]) -> Callable[[View], View]:
    """A view that acts on a POST of those who are signed in.

    ``page`` gets the parts of the address and gives the page that offers the act:
    everybody else goes there, after signing in where that is needed.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, **parts: str) -> HttpResponse:
            if request.method in ("GET", "HEAD"):
                return redirect(page(**parts))
            if request.method != "POST":
                return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
            if not request.user.is_authenticated:
                return redirect_to_login(page(**parts))
            return view(request, **parts)

        return answer

    return decorate


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old: htmx would show nothing, so the page is loaded anew."""
    if is_part(request):
        return HttpResponseClientRefresh()
    return csrf.csrf_failure(request, reason)
