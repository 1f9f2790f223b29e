"""Pages whose URL is a secret."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

ViewFunction = Callable[..., HttpResponse]


def unlisted(view: ViewFunction) -> ViewFunction:
    """Decorates a view whose URL is a secret: no indexing, no referrer, no caching.

    Not for pages with forms: with ``no-referrer`` browsers send ``Origin: null``.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return require_safe(never_cache(wrapped))
