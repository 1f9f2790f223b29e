"""Turns a refusal, from Python or PostgreSQL, into a page or a problem document."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mycenas.core.audit import acting
from mycenas.core.errors import Refused, refusal
from mycenas.core.problems import problem, wants_json


class RefusalMiddleware:
    """Answers ``Refused`` and known constraint violations; the rest stays a bug."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        if isinstance(error, IntegrityError):
            refused = refusal(error)
        else:
            refused = error if isinstance(error, Refused) else None
        return answer(request, refused) if refused else None


def answer(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The refusal as problem+json or as a page with a way back."""
    response: HttpResponse
    if wants_json(request):
        response = problem(refused.status, refused.code, str(refused.sentence))
    else:
        context = {"refusal": refused, "back": _way_back(request)}
        response = render(request, "refused.html", context, status=refused.status)
    for name, value in refused.headers.items():
        response[name] = value
    return response


def _way_back(request: HttpRequest) -> str:
    referrer = urlsplit(request.META.get("HTTP_REFERER", ""))
    return referrer.path if referrer.netloc == request.get_host() else "/"


class AuditMiddleware:
    """Tells the audit who is behind a request, and through which page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def who() -> tuple[int | None, str]:
            match = request.resolver_match
            return request.user.pk, match.view_name if match else ""

        with acting(who):
            return self.get_response(request)
