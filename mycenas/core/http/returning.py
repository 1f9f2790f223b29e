"""The page shown after signing in: always a whole page, never a fragment or a POST."""

from __future__ import annotations

import functools
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from mycenas.core.http.wellformed import can_be_parsed

View = Callable[..., HttpResponse]


def own_path(request: HttpRequest, address: str) -> str:
    """The path of a URL of this site, with its query; '' for all other URLs."""
    if not can_be_parsed(address):
        return ""
    parts = urlsplit(address)
    try:
        is_own = parts.netloc == request.get_host()
    except DisallowedHost:
        return ""
    path = urlunsplit(parts._replace(scheme="", netloc=""))
    is_plain = path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
    return path if is_own and is_plain else ""


def is_part(request: HttpRequest) -> bool:
    """Whether htmx requests a fragment of a page."""
    return request.headers.get("HX-Request") == "true"


class SignInAgainMiddleware(MiddlewareMixin):
    """Redirects the whole page to sign-in, where htmx would swap it into a fragment."""

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        if not is_part(request):
            return response
        sign_in = resolve_url(settings.LOGIN_URL)
        leads_to = urlsplit(response.headers.get("Location", "")).path
        if leads_to not in (sign_in, reverse("admin:login")):
            return response
        page = own_path(request, request.headers.get("HX-Current-URL", ""))
        page = _at_same_place(page, response.headers["Location"])
        query = f"?{urlencode({'next': page})}" if page else ""
        return HttpResponseClientRedirect(sign_in + query)


def _at_same_place(page: str, sign_in: str) -> str:
    """The page with the fragment that the view asked to return to, if it is of it."""
    found = parse_qs(urlsplit(sign_in).query).get("next", ())
    for wanted in filter(can_be_parsed, found):
        parts, named = urlsplit(page), urlsplit(wanted)
        if named.fragment and parts.path == named.path:
            return urlunsplit(parts._replace(fragment=named.fragment))
    return page


def acts(page: Callable[..., str]) -> Callable[[View], View]:
    """Decorate a view that handles a POST by a signed-in person.

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
    """Answer an outdated form by a link to its page.

    htmx would show nothing, so it reloads the page.
    """
    if is_part(request):
        return HttpResponseClientRefresh()
    context = {"back": own_path(request, request.headers.get("Referer", ""))}
    return render(request, "403_csrf.html", context, status=403)
