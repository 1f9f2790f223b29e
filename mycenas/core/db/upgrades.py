"""What a look at the rows before an upgrade asks of the plan of `migrate`."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from django.db import connection


def is_ahead(plan: list[Any], migration: tuple[str, str], tables: Set[str]) -> bool:
    """Whether ``plan`` applies the migration, on ``tables`` that are there already."""
    coming = {(one.app_label, one.name) for one, is_back in plan if not is_back}
    return migration in coming and tables <= set(connection.introspection.table_names())
