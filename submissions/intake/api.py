"""Views for programs: session and CSRF token are required, errors are problem+json."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from mycenas.core.http.errors import Refused, refusal
from mycenas.core.http.problems import problem, problem_of

View = Callable[..., HttpResponse]


def api_view(view: View) -> View:
    """Refuse anonymous requests (401) and forged ones (403), always in JSON.

    Every unsafe method needs the CSRF token in a field or in the header
    ``X-CSRFToken``. Without a session there is nothing to forge: 401 comes first.
    """

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return problem(401, "sign_in", _("Sign in to enter a work."))
        if _csrf_checked(request).status_code != 204:
            return problem(403, "csrf", _("The CSRF token is missing or wrong."))
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return problem(404, "not_found", _("There is nothing at this address."))
        except IntegrityError as error:
            refused = refusal(error)
            if refused is None:
                raise
            return problem_of(refused)
        except Refused as refused:
            return problem_of(refused)

    return csrf_exempt(answer)


@csrf_protect
def _csrf_checked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)
