"""Health pages for load balancers and operators."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mycenas.core.health import probes
from mycenas.core.states.db_invariants import differences

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
    """The database, its guards and the storage work; 503 lists what does not.

    A full disk is reported with 200: pages are shown and arrivals recorded.
    """
    problems = [*_database(), *probes.availability_problems()]
    full = [] if problems else probes.capacity_problems()
    return JsonResponse(
        {
            "status": "unavailable" if problems else "full" if full else "ok",
            "problems": [*problems, *full],
            "oldest_unfinished_seconds": None
            if problems
            else probes.oldest_unfinished_seconds(),
        },
        status=503 if problems else 200,
    )


@never_cache
@require_safe
def progress(request: HttpRequest) -> JsonResponse:
    """Work gets done; 503 lists what does not.

    Separate from `ready`, because a site with stopped workers still takes entries. It
    checks results, not processes: a process may run without finishing anything.
    """
    try:
        canary = probes.last_canary_seconds()
        oldest = probes.oldest_unfinished_seconds()
    except DatabaseError:
        canary = oldest = None
        problems = [NO_DATABASE]
    else:
        full = probes.capacity_problems()
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
