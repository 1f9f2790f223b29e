"""Trying a door, and telling how it was refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, transaction

from mycenas.core.states.machine import StateMachine
from tests.database.tools import one, raw
from tests.database.write_paths.world import changes, taken_back

CHECK_VIOLATION = "23514"
NO_PRIVILEGE = "42501"
Door = Callable[[Any, dict[str, Any]], object]


@dataclass(frozen=True)
class Refusal:
    """How PostgreSQL said no: the SQLSTATE and, if one spoke, the guard's name."""

    code: str
    name: str

    @property
    def is_proper(self) -> bool:
        """A guard that gives its name, or a privilege that is not there."""
        return self.code == NO_PRIVILEGE or (
            self.code == CHECK_VIOLATION and self.name != ""
        )


def attempt(act: Callable[[], object]) -> Refusal | None:
    """Run ``act``, deferred checks included; None if it went through."""
    try:
        with transaction.atomic():
            act()
            raw("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        return Refusal(
            getattr(error.__cause__, "sqlstate", None) or "",
            getattr(diagnostics, "constraint_name", None) or "",
        )
    return None


def act(key: int | None) -> None:
    """The setting that says which person acts, until the test is taken back."""
    raw("SELECT set_config('mycenas.actor', %s, true)", [str(key or "")])


def whole(row: Any) -> Any:
    """The row with all its columns as text; None when it is gone."""
    table = row._meta.db_table
    found = one(f"SELECT to_jsonb(t) FROM {table} AS t WHERE id = %s", [row.pk])
    return found and json.loads(found)


def knock(
    door: Door, machine: StateMachine, row: Any, new: str
) -> tuple[Refusal | None, Any, Any]:
    """The refusal, and the row before and after; everything is taken back."""

    def try_it() -> tuple[Refusal | None, Any, Any]:
        before = whole(row)
        # A door may write into what it is given; the next one gets the row unharmed.
        wanted = changes(machine, row, new)
        act(wanted.get("decided_by_id"))
        refusal = attempt(lambda: door(copy(row), wanted))
        return refusal, before, whole(row)

    found: tuple[Refusal | None, Any, Any] = taken_back(try_it)
    return found


def assert_judged(door: Door, machine: StateMachine, row: Any, new: str) -> None:
    """The door lets through what the machine allows, refuses the rest by name."""
    refusal, before, after = knock(door, machine, row, new)
    pair = (row.state, new, refusal)
    if machine.allows(row.state, new):
        assert refusal is None, pair
        assert after["state"] == new, pair
    else:
        assert refusal is not None, pair
        assert refusal.is_proper, pair
        assert after == before, pair


def assert_closed(door: Door, machine: StateMachine, row: Any, new: str) -> None:
    """The door lets nothing through, not even what the machine would allow."""
    refusal, before, after = knock(door, machine, row, new)
    pair = (row.state, new, refusal)
    assert refusal is not None, pair
    assert refusal.is_proper, pair
    assert after == before, pair


Judgement = Callable[[Door, StateMachine, Any, str], None]


def failures(
    judge: Judgement, doors: Iterable[Door], row: Any, *wishes: str
) -> list[str]:
    """What ``judge`` has to say against the doors, by their names."""
    found = []
    for door in doors:
        for new in wishes:
            try:
                judge(door, row.machine, row, new)
            except AssertionError as error:
                name = getattr(door, "__name__", repr(door))
                found.append(f"{name}, {row.state} to {new}: {error}")
    return found
