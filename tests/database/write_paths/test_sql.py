"""A forbidden move of each machine through the ways in that SQL offers."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import connection
from psycopg import sql

from tests.database.tools import raw
from tests.database.write_paths.trying import (
    assert_closed,
    assert_judged,
    attempt,
    failures,
    whole,
)
from tests.database.write_paths.world import (
    ALLOWED,
    FORBIDDEN,
    changes,
    each_machine,
    taken_back,
)


def assignments(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} = %({name})s" for name in values)


def update(row: Any, values: dict[str, Any], before: str = "") -> None:
    table = row._meta.db_table
    statement = f"UPDATE {table} SET {assignments(values)} WHERE id = {row.pk}"
    raw(before + statement, values)


def update_with_constraints_deferred(row: Any, values: dict[str, Any]) -> None:
    raw("SET CONSTRAINTS ALL DEFERRED")
    update(row, values)


def update_in_a_cte(row: Any, values: dict[str, Any]) -> None:
    raw(
        f"WITH moved AS (UPDATE {row._meta.db_table} SET {assignments(values)}"
        f" WHERE id = {row.pk} RETURNING id) SELECT * FROM moved",
        values,
    )


def update_from(row: Any, values: dict[str, Any]) -> None:
    raw(
        f"UPDATE {row._meta.db_table} AS t SET {assignments(values)}"
        f" FROM (VALUES ({row.pk})) AS v(id) WHERE t.id = v.id",
        values,
    )


def update_of_the_current_row(row: Any, values: dict[str, Any]) -> None:
    table = row._meta.db_table
    raw(f"DECLARE door CURSOR FOR SELECT * FROM {table} WHERE id = {row.pk} FOR UPDATE")
    raw("FETCH door")
    raw(f"UPDATE {table} SET {assignments(values)} WHERE CURRENT OF door", values)


def update_through_a_view(row: Any, values: dict[str, Any]) -> None:
    raw(f"CREATE TEMP VIEW door AS SELECT * FROM {row._meta.db_table}")
    raw(f"UPDATE door SET {assignments(values)} WHERE id = {row.pk}", values)


def update_in_a_block(row: Any, values: dict[str, Any]) -> None:
    found = literal(values)
    raw(
        f"DO $$ BEGIN UPDATE {row._meta.db_table} SET {found} WHERE id = {row.pk};"
        " END $$"
    )


def update_in_a_function_of_its_own(row: Any, values: dict[str, Any]) -> None:
    raw(
        "CREATE FUNCTION pg_temp.door() RETURNS void LANGUAGE sql AS $$"
        f" UPDATE {row._meta.db_table} SET {literal(values)} WHERE id = {row.pk} $$"
    )
    raw("SELECT pg_temp.door()")


def literal(values: dict[str, Any]) -> str:
    """The assignments with their values written out, where no parameter can be."""
    found = [
        sql.SQL("{} = {}").format(
            sql.Identifier(name),
            sql.Literal(str(value) if isinstance(value, str) else value),
        )
        for name, value in values.items()
    ]
    return sql.SQL(", ").join(found).as_string(connection.connection)


def merge(row: Any, values: dict[str, Any]) -> None:
    raw(
        f"MERGE INTO {row._meta.db_table} AS t USING (VALUES ({row.pk})) AS v(id)"
        f" ON t.id = v.id WHEN MATCHED THEN UPDATE SET {assignments(values)}",
        values,
    )


def columns_of(row: Any) -> list[str]:
    return [field.column for field in row._meta.concrete_fields]


def upsert(row: Any, values: dict[str, Any]) -> None:
    """INSERT … ON CONFLICT DO UPDATE of a copy that starts as a row may start."""
    table, columns = row._meta.db_table, columns_of(row)
    own = {"state": f"'{row.machine.initial}'"}
    # A campaign is approved later, by another person.
    own |= {"approved_at": "NULL", "approved_by_id": "NULL"}
    picked = [own.get(column, column) for column in columns]
    raw(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(picked)}"
        f" FROM {table} WHERE id = {row.pk}"
        f" ON CONFLICT (id) DO UPDATE SET {assignments(values)}",
        values,
    )


UPDATES = (
    update, update_with_constraints_deferred, update_in_a_cte, update_from,
    update_of_the_current_row, update_through_a_view, update_in_a_block,
    update_in_a_function_of_its_own, merge,
)  # fmt: skip


@each_machine
def test_an_update_moves_as_the_machine_allows(world, machine):
    """The allowed move is the control: the way in is refused for nothing else."""
    for old, new in (FORBIDDEN[machine.name], ALLOWED[machine.name]):
        wrong = failures(assert_judged, UPDATES, world[machine.name, old], new)
        assert not wrong, wrong


@each_machine
def test_an_upsert_never_leads_past_the_machine(world, machine):
    """Where the copy may not be inserted, its update is not reached either."""
    old, new = FORBIDDEN[machine.name]
    assert_closed(upsert, machine, world[machine.name, old], new)


def test_an_upsert_moves_what_may_move(world):
    """The control: the statement itself is in order."""
    for name in ("competition", "campaign"):
        old, new = ALLOWED[name]
        row = world[name, old]
        assert_judged(upsert, row.machine, row, new)


def two_updates(row: Any, values: dict[str, Any], new: dict[str, Any]) -> None:
    """The first in a CTE, the second joined to its result."""
    first = {f"a_{key}": value for key, value in values.items()}
    second = {f"b_{key}": value for key, value in new.items()}
    table = row._meta.db_table
    raw(
        f"WITH a AS (UPDATE {table} SET {prefixed(first)} WHERE id = {row.pk}"
        f" RETURNING id) UPDATE {table} AS t SET {prefixed(second)}"
        " FROM a WHERE t.id = a.id",
        {**first, **second},
    )


def prefixed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name[2:]} = %({name})s" for name in values)


@each_machine
def test_two_updates_in_one_statement_are_at_most_one_step(world, machine):
    """What two allowed moves lead to is not reached by both in one statement."""
    old, middle = ALLOWED[machine.name]
    row = world[machine.name, old]
    for new in sorted(str(state) for state in machine.moves[middle]):
        moves = (changes(machine, row, middle), changes(machine, row, new))
        after = taken_back(partial(ran, row, *moves))
        assert after["state"] in (old, middle), (middle, new)


def ran(row: Any, first: dict[str, Any], second: dict[str, Any]) -> Any:
    attempt(lambda: two_updates(row, first, second))
    return whole(row)
