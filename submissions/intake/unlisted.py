"""Pages that are open to everybody who knows their address, and to no search engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]


def unlisted(view: View) -> View:
    """A page to be read whose address is a secret: not indexed, passed on or stored.

    Not for pages with forms: without a referrer, browsers send ``Origin: null``.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return require_safe(never_cache(wrapped))
