"""Operators' mistakes, found by ``manage.py check``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mycenas.core.guards import differences, owned_by_this_role


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
    """Whether migrations are still to be applied; the guards come with them."""
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


ONE_ROLE = checks.Warning(
    "The site connects as the owner of its tables, so a stolen connection could switch "
    "the guards off.",
    hint="Give DATABASE_OWNER_URL to migrate, and a role without ownership that is a "
    "member of mycenas_app to DATABASE_URL.",
    id="mycenas.W003",
)
