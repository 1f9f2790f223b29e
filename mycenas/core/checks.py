"""System checks of the configuration and of the guards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mycenas.core.states.db_invariants import differences, owned_by_this_role


@register(Tags.database)
def guards_are_there(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The database's guards equal the declarations."""
    if not databases or "default" not in databases:
        return []
    try:
        found = [] if migrations_wait() else differences()
    except DatabaseError as error:
        return [Error(f"The database cannot be asked: {error}", id="mycenas.E001")]
    return [Error(sentence, id="mycenas.E002") for sentence in found]


def migrations_wait() -> bool:
    """Whether migrations are pending, which bring guards."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@register(Tags.database, deploy=True)
def site_does_not_own_its_tables(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The site's role cannot switch the guards off."""
    try:
        is_owner = owned_by_this_role()
    except DatabaseError:
        return []
    return [ONE_ROLE] if is_owner else []


@register
def lease_outlives_its_task(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Celery kills a task before its lease ends."""
    limit = settings.CELERY_TASK_TIME_LIMIT
    lease = settings.PROCESSING_LEASE.total_seconds()
    return [] if lease > limit else [SHORT_LEASE]


SHORT_LEASE = checks.Warning(
    "PROCESSING_LEASE ends before Celery stops a task, so slow pictures may be decoded "
    "twice. Nothing is lost by it: the later commit is refused.",
    hint="Set PROCESSING_LEASE to more than CELERY_TASK_TIME_LIMIT, or leave it out.",
    id="mycenas.W004",
)

ONE_ROLE = checks.Warning(
    "The site connects as the owner of its tables, so a stolen connection could switch "
    "the guards off.",
    hint="Give DATABASE_OWNER_URL to migrate, and a role without ownership that is a "
    "member of mycenas_app to DATABASE_URL.",
    id="mycenas.W003",
)
