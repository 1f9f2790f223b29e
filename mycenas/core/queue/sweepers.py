"""What ``manage.py sweep`` does without Redis; each app adds its own in ``ready()``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mycenas.core.audit.actor import acting
from mycenas.core.db.connections import close_dead_connection


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
