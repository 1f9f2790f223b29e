"""Real threads on connections of their own, met at barriers and at locks.

Nothing here waits for a time to pass: a test holds a lock, watches PostgreSQL until
the others stand in front of it, and lets go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from tests.database.tools import one, raw

PATIENCE = 30.0

Act = Callable[[], Any]


class Crowd:
    """People who act at once, each in a thread with a connection of its own."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._ready = threading.Semaphore(0)

    def start(self, act: Act) -> Future[Any]:
        """Begin ``act`` in another thread; it counts as begun once connected."""
        future = self._pool.submit(self._run, act)
        assert self._ready.acquire(timeout=PATIENCE)
        return future

    def _run(self, act: Act) -> Any:
        try:
            connection.ensure_connection()
            self._ready.release()
            return act()
        finally:
            connection.close()


@contextmanager
def crowd() -> Iterator[Crowd]:
    with ThreadPoolExecutor(max_workers=16) as pool:
        yield Crowd(pool)


def together(*acts: Act, patience: float = PATIENCE) -> list[Any]:
    """Run all ``acts`` from one starting line; results, or exceptions, in order.

    Each has ``patience`` seconds to end.
    """
    line = threading.Barrier(len(acts))

    def run(act: Act) -> Any:
        line.wait(PATIENCE)
        return act()

    with crowd() as people:
        started = [people.start(partial(run, act)) for act in acts]
        return [outcome(future, patience) for future in started]


def outcome(future: Future[Any], patience: float = PATIENCE) -> Any:
    """What came out, an exception included."""
    error = future.exception(patience)
    return future.result() if error is None else error


WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def wait_for_waiting(people: int) -> None:
    """Return once so many connections stand in front of a lock."""
    pause = threading.Event()
    for _ in range(int(PATIENCE * 100)):
        # Within a transaction PostgreSQL remembers who was connected.
        one("SELECT pg_stat_clear_snapshot()::text")
        if one(WAITING) >= people:
            return
        pause.wait(0.01)
    raise AssertionError(f"nobody waits: {one(WAITING)} of {people}")


@contextmanager
def holding(row: Any) -> Iterator[None]:
    """Hold the row's lock: changes by others wait at the end of this block."""
    with transaction.atomic():
        type(row).objects.select_for_update().get(pk=row.pk)
        yield


@contextmanager
def without(function: str, piece: str) -> Iterator[None]:
    """The control: a guard's function as if ``piece`` had never been written."""
    found = one(
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = %s", [function]
    )
    assert found.count(piece) == 1, f"{piece!r} is not in {function}"
    raw(found.replace(piece, ""))
    try:
        yield
    finally:
        raw(found)


@contextmanager
def without_trigger(name: str, table: str) -> Iterator[None]:
    """The control: a guard switched off, and on again afterwards."""
    raw(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    try:
        yield
    finally:
        raw(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """The control: one uniqueness gone; rows are emptied before it comes back."""
    definition = one(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
    )
    raw(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        raw(f"TRUNCATE {table} CASCADE")
        raw(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def without_index(model: type[Model], name: str) -> Iterator[None]:
    """The control: one unique index gone; rows are emptied before it comes back.

    As the migration made it: from its own text PostgreSQL reads another definition.
    """
    (index,) = [one for one in model._meta.constraints if one.name == name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, index)
    try:
        yield
    finally:
        raw(f"TRUNCATE {model._meta.db_table} CASCADE")
        with connection.schema_editor() as editor:
            editor.add_constraint(model, index)
