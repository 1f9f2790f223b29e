"""Work outside of requests: Celery tasks, and sweepers of ``manage.py sweep``.

The name of either is the source of its changes in the journal. Sweepers do what is due
without Redis; each app adds its own in ``ready()``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from celery import shared_task

from mycenas.core.audit.actor import acting
from mycenas.core.db.database import close_dead_connection


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


@dataclass(frozen=True)
class Sweeper:
    """A function that finds and does work that is due.

    ``name`` is the source of its changes in the journal. A ``slow`` one waits for
    other servers or decodes images, and runs after all others.
    """

    name: str
    function: Callable[[], object]
    slow: bool = False

    def run(self) -> None:
        close_dead_connection()
        with acting(lambda: (None, self.name)):
            self.function()


_sweepers: list[Sweeper] = []


def add_sweeper(
    name: str, function: Callable[[], object], *, slow: bool = False
) -> None:
    _sweepers.append(Sweeper(name, function, slow))


def sweepers() -> list[Sweeper]:
    """All sweepers in their order."""
    return sorted(_sweepers, key=lambda sweeper: sweeper.slow)


@audited_task("core.send_mail")
def send_mail() -> None:
    from mycenas.core.queue.mail import send_waiting  # noqa: PLC0415  loaded by the worker

    send_waiting()
