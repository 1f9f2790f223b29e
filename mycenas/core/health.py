"""Health pages for load balancers and operators; apps add probes in ``ready()``."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mycenas.core.states.db_invariants import differences

# Probes of the apps. These return one sentence for each problem: why the site is
# unavailable, and why it refuses new files, but neither pages nor arrivals.
availability: list[Callable[[], list[str]]] = []
capacity: list[Callable[[], list[str]]] = []
# These return seconds, or None: the age of the oldest work that is acknowledged and
# unfinished, and the time since a made-up piece of work was last done.
backlogs: list[Callable[[], int | None]] = []
canaries: list[Callable[[], int | None]] = []

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
    problems = [*_database(), *_sentences(availability)]
    full = [] if problems else capacity_problems()
    return JsonResponse(
        {
            "status": "unavailable" if problems else "full" if full else "ok",
            "problems": [*problems, *full],
            "oldest_unfinished_seconds": None
            if problems
            else oldest_unfinished_seconds(),
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
        done = work()
        problems = [*done.problems, *capacity_problems()]
    except DatabaseError:
        done = WorkHealth([], None, None)
        problems = [NO_DATABASE]
    return JsonResponse(
        {
            "status": "stalled" if problems else "ok",
            "problems": problems,
            "last_canary_seconds": done.last_canary_seconds,
            "oldest_unfinished_seconds": done.oldest_unfinished_seconds,
        },
        status=503 if problems else 200,
    )


class WorkHealth(NamedTuple):
    """Whether work gets done: sentences of what does not, and the probes' seconds."""

    problems: list[str]
    last_canary_seconds: int | None
    oldest_unfinished_seconds: int | None


def work() -> WorkHealth:
    canary, oldest = last_canary_seconds(), oldest_unfinished_seconds()
    return WorkHealth(
        [*_canary_problems(canary), *_entry_problems(oldest)], canary, oldest
    )


def capacity_problems() -> list[str]:
    """Why new files are refused."""
    return _sentences(capacity)


def oldest_unfinished_seconds() -> int | None:
    """The age of the oldest unfinished work of any app; None without such work."""
    ages = (probe() for probe in backlogs)
    return max((age for age in ages if age is not None), default=None)


def last_canary_seconds() -> int | None:
    """The age of the last canary, of the app whose is oldest; None if one has none."""
    ages = [probe() for probe in canaries]
    known = [age for age in ages if age is not None]
    return max(known, default=None) if len(known) == len(ages) else None


def _sentences(probes: list[Callable[[], list[str]]]) -> list[str]:
    return [sentence for probe in probes for sentence in probe()]


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


urlpatterns = [
    path("live", live, name="live"),
    path("progress", progress, name="progress"),
    path("ready", ready, name="ready"),
]
