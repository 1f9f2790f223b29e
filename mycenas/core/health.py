"""Whether the site can do its work, for load balancers and operators."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mycenas.core.guards import differences


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The database, its guards and the storage are there; 503 names what is not."""
    problems = [*_database(), *import_string(settings.STORAGE_PROBLEMS)()]
    oldest = import_string(settings.OLDEST_UNFINISHED)
    return JsonResponse(
        {
            "status": "unavailable" if problems else "ok",
            "problems": problems,
            "oldest_unfinished_seconds": None if problems else oldest(),
        },
        status=503 if problems else 200,
    )


def _database() -> list[str]:
    try:
        return differences()
    except DatabaseError:
        return ["The database does not answer."]
