"""Tasks whose writes the audit can name."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import shared_task

from mycenas.core.audit import acting
from mycenas.core.connections import leave_dead_connection


def audited_task(name: str) -> Callable[[Callable[..., None]], Any]:
    """A Celery task; what it writes is audited as done by the task."""

    def declare(function: Callable[..., None]) -> Any:
        @wraps(function)
        def run(*args: Any) -> None:
            leave_dead_connection()
            with acting(lambda: (None, name)):
                function(*args)

        return shared_task(name=name)(run)

    return declare
