"""What views for programs share: who asks, from where, and how they are refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from mycenas.core.errors import Refused, refusal
from mycenas.core.problems import problem

View = Callable[..., HttpResponse]


class Problem(Exception):
    """Ends a request with a problem document; ``headers`` go with it."""

    def __init__(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}


def for_programs(view: View) -> View:
    """Refuse anonymous requests (401) and forged ones (403), always in JSON.

    A session's cookie alone proves nothing, so every unsafe method needs the CSRF
    token in a field or in the header ``X-CSRFToken``. Without a session there is
    nothing to forge: 401 comes first.
    """

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return problem(401, "sign_in", _("Sign in to enter a work."))
        if _csrf_checked(request).status_code != 204:
            return problem(403, "csrf", _("The CSRF token is missing or wrong."))
        return with_problems(view, request, *args, **kwargs)

    return csrf_exempt(answer)


@csrf_protect
def _csrf_checked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


def with_problems(
    view: View, request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    """The view's response; refusals become problem documents."""
    try:
        return view(request, *args, **kwargs)
    except Problem as found:
        return told(found)
    except Http404:
        return problem(404, "not_found", _("There is nothing at this address."))
    except IntegrityError as error:
        refused = refusal(error)
        if refused is None:
            raise
        return answer_to(refused)
    except Refused as refused:
        return answer_to(refused)


def told(found: Problem) -> HttpResponse:
    """The problem document that ends a request."""
    response: HttpResponse = problem(found.status, found.code, found.detail)
    for name, value in found.headers.items():
        response[name] = value
    return response


def answer_to(refused: Refused) -> HttpResponse:
    """The problem document of a refusal."""
    response: HttpResponse = problem(
        refused.status, refused.code, str(refused.sentence), **refused.members
    )
    for name, value in refused.headers.items():
        response[name] = value
    return response
