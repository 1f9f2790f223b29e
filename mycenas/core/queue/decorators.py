"""Celery tasks whose name is the source of their changes in the audit."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import shared_task

from mycenas.core.audit.actor import acting
from mycenas.core.db.connections import close_dead_connection


def audited_task(name: str) -> Callable[[Callable[..., None]], Any]:
    """Declare a Celery task; the audit records its name as the source of changes."""

    def declare(function: Callable[..., None]) -> Any:
        @wraps(function)
        def run(*args: Any) -> None:
            close_dead_connection()
            with acting(lambda: (None, name)):
                function(*args)

        return shared_task(name=name)(run)

    return declare
