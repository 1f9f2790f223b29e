"""Work outside of requests: Celery tasks, and sweepers of ``manage.py sweep``.

Each app adds its own in ``ready()``. Sweepers do what is due without Redis. The name of
either is the source of its changes in the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from celery import shared_task

from mycenas.core.audit.actor import acting
from mycenas.core.db.database import close_dead_connection


@dataclass(frozen=True)
class Sweeper:
    """A function that finds and does work that is due.

    A ``slow`` one waits for other servers or decodes images, and runs after all others.
    """

    name: str
    function: Callable[[], object]
    slow: bool = False

    def run(self) -> None:
        _audited(self.name, self.function)()


_sweepers: list[Sweeper] = []


def _audited(name: str, function: Callable[..., object]) -> Callable[..., None]:
    @wraps(function)
    def run(*args: Any) -> None:
        close_dead_connection()
        with acting(lambda: (None, name)):
            function(*args)

    return run


def add_task(name: str, function: Callable[..., object], **limits: float) -> None:
    """Declare the Celery task ``name``, if need be with time limits of its own."""
    shared_task(name=name, **limits)(_audited(name, function))


def add_sweeper(
    name: str,
    function: Callable[[], object],
    *,
    slow: bool = False,
    task: Callable[[], object] | None = None,
) -> None:
    """Declare a sweeper and the Celery task of the same name, if need be another."""
    _sweepers.append(Sweeper(name, function, slow))
    add_task(name, task or function)


def sweepers() -> list[Sweeper]:
    return sorted(_sweepers, key=lambda sweeper: sweeper.slow)
