"""Middleware that answers refusals by a page or a problem document."""

from __future__ import annotations

import functools
import logging

import csp.constants
import csp.utils
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import (
    DataError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import (
    ProblemError,
    policy_refusal,
    problem_of,
    refusal,
    wants_json,
)
from mycenas.core.http.returning import own_path
from mycenas.core.http.wellformed import Malformed, check_request

logger = logging.getLogger(__name__)
# Errors raised by a value that fits no column, date or number, or by a filter that
# compares what PostgreSQL cannot compare, or needs an extension like `unaccent`.
IMPOSSIBLE = (
    DataError,
    ProgrammingError,
    NotSupportedError,
    ValueError,
    OverflowError,
    ValidationError,
    LookupError,
    TypeError,
)


class ContentPolicyMiddleware(MiddlewareMixin):
    """Sets the content security policy, which is built once: it has no nonce."""

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        # Django's own pages about a fault have inline styles.
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault(csp.constants.HEADER, _content_policy())
        return response


@functools.cache
def _content_policy() -> str:
    return csp.utils.build_policy()


class WellFormedMiddleware(MiddlewareMixin):
    """Refuses requests that cannot be read or stored, before any view."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        try:
            check_request(request)
        except Malformed as refused:
            return answer(request, refused)
        return None


class SlashMiddleware(CommonMiddleware):
    """Redirects to a URL with a slash, but only methods without a body.

    Django redirects every method, and with DEBUG answers those with a body by 500.
    """

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        is_safe = request.method in ("GET", "HEAD")
        return is_safe and bool(super().should_redirect_with_slash(request))


class RefusalMiddleware(MiddlewareMixin):
    """Answers refusals and known constraint violations; other errors stay bugs."""

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        if isinstance(error, IntegrityError):
            refused = refusal(error)
        elif isinstance(error, ProblemError):
            refused = error
        elif isinstance(error, ProgrammingError) and policy_refusal(error):
            refused = policy_refusal(error)
        else:
            refused = _impossible(request, error)
        return answer(request, refused) if refused else None


def _impossible(request: HttpRequest, error: Exception) -> ProblemError | None:
    """A value that cannot be, in what was sent: in any column, or in an admin filter.

    It is logged like a bug, because a form should have refused it. A plain page that
    cannot read what is stored stays a bug.
    """
    if not (request.GET or request.POST):
        return None
    match = request.resolver_match
    place = match.view_name if match else ""
    is_list = place.endswith("_changelist") and bool(request.GET)
    filters = place.startswith("admin:") and (request.method == "GET" or is_list)
    if not isinstance(error, IMPOSSIBLE if filters else DataError):
        return None
    logger.warning("impossible value at %s", request.path, exc_info=error)
    return Malformed(
        _(
            "The request has a value that cannot be: a number, a date or a name out "
            "of its range. Correct it, or go back."
        ),
        code="impossible_value",
    )


def answer(request: HttpRequest, refused: ProblemError) -> HttpResponse:
    """The refusal as problem+json or as a page with a way back."""
    if wants_json(request):
        return problem_of(refused)
    context = {"refusal": refused, "back": _way_back(request)}
    page = render_to_string("refused.html", context, request)
    return HttpResponse(page, status=refused.status, headers=refused.headers)


def _way_back(request: HttpRequest) -> str:
    path = own_path(request, request.META.get("HTTP_REFERER", ""))
    return path.partition("#")[0].partition("?")[0] or "/"
