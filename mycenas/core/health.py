"""Whether the site can do its work, for load balancers and operators."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mycenas.core.guards import differences

NO_DATABASE = "The database does not answer."
# In units of CANARY_EVERY.
CANARIES_MISSED = 3


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The database, its guards and the storage are there; 503 names what is not.

    A disk without room for files is said, and is no reason to send people elsewhere:
    pages are shown and arrivals recorded.
    """
    problems = [*_database(), *import_string(settings.STORAGE_PROBLEMS)()]
    full = [] if problems else import_string(settings.ROOM_PROBLEMS)()
    oldest = import_string(settings.OLDEST_UNFINISHED)
    return JsonResponse(
        {
            "status": "unavailable" if problems else "full" if full else "ok",
            "problems": [*problems, *full],
            "oldest_unfinished_seconds": None if problems else oldest(),
        },
        status=503 if problems else 200,
    )


@never_cache
@require_safe
def progress(request: HttpRequest) -> JsonResponse:
    """Work gets done; 503 says what does not.

    Apart from `ready`, for a site whose workers stand still takes entries all the
    same. It asks for results, not for processes: those may be up and get nowhere.
    """
    try:
        canary = import_string(settings.LAST_CANARY)()
        oldest = import_string(settings.OLDEST_UNFINISHED)()
    except DatabaseError:
        canary = oldest = None
        problems = [NO_DATABASE]
    else:
        full = import_string(settings.ROOM_PROBLEMS)()
        problems = [*_canary_problems(canary), *_entry_problems(oldest), *full]
    return JsonResponse(
        {
            "status": "stalled" if problems else "ok",
            "problems": problems,
            "last_canary_seconds": canary,
            "oldest_unfinished_seconds": oldest,
        },
        status=503 if problems else 200,
    )


def _canary_problems(age: int | None) -> list[str]:
    limit = int(CANARIES_MISSED * settings.CANARY_EVERY.total_seconds())
    if age is None:
        return ["No canary has got through both phases yet."]
    if age <= limit:
        return []
    return [
        f"The last canary got through both phases {age} seconds ago; the limit is "
        f"{limit}. Look at beat, Valkey, the workers and the storage."
    ]


def _entry_problems(age: int | None) -> list[str]:
    limit = int(settings.ENTRY_LATE.total_seconds())
    if age is None or age <= limit:
        return []
    return [
        f"An entry has waited {age} seconds for its check; the limit is {limit}. Look "
        "at the workers and the sweep."
    ]


def _database() -> list[str]:
    try:
        return differences()
    except DatabaseError:
        return [NO_DATABASE]
