"""Records the signed-in person and the URL name of a request in the audit."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from mycenas.core.audit.actor import acting


class AuditMiddleware:
    """Makes the person and the URL name actor and source of a request's changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def who() -> tuple[int | None, str]:
            match = request.resolver_match
            return request.user.pk, match.view_name if match else ""

        with acting(who):
            return self.get_response(request)
