"""Every pair of states through the ways in that SQL offers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import connection
from psycopg import sql

from tests.database.doors.trying import (
    assert_closed,
    assert_judged,
    attempt,
    knock,
    whole,
)
from tests.database.doors.world import (
    MACHINES,
    changes,
    illegal,
    pairs,
    states,
    taken_back,
)
from tests.database.tools import one, raw

OLD = [(machine, old) for machine in MACHINES for old in states(machine)]
IDS = [f"{machine.name}-{old}" for machine, old in OLD]


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
    picked = [f"'{row.machine.initial}'" if c == "state" else c for c in columns]
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


@pytest.mark.parametrize("door", UPDATES)
@pytest.mark.parametrize(("machine", "old"), OLD, ids=IDS)
def test_an_update_moves_as_the_machine_allows(world, machine, old, door):
    row = world[machine.name, old]
    for new in states(machine):
        if new != old:
            assert_judged(door, machine, row, new)


@pytest.mark.parametrize(("machine", "old"), OLD, ids=IDS)
def test_an_upsert_never_leads_past_the_machine(world, machine, old):
    """Where the copy may not be inserted, its update is not reached either."""
    row = world[machine.name, old]
    for new in states(machine):
        if new != old and not machine.allows(old, new):
            assert_closed(upsert, machine, row, new)


def test_an_upsert_moves_what_may_move(world):
    """The control: the statement itself is in order."""
    for name in ("competition", "campaign"):
        row = world[name, "draft"]
        machine = row.machine
        (new,) = machine.moves[machine.initial]
        assert_judged(upsert, machine, row, str(new))


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_two_updates_in_one_statement_are_at_most_one_step(world, machine):
    table = machine.table
    for old, new in pairs(machine):
        for middle in sorted(str(state) for state in machine.moves[old]):
            row = world[machine.name, old]
            first, second = (
                {f"{prefix}{key}": value for key, value in found.items()}
                for prefix, found in (
                    ("a_", changes(machine, row, middle)),
                    ("b_", changes(machine, row, new)),
                )
            )
            statement = (
                f"WITH a AS (UPDATE {table} SET {prefixed(first)} WHERE id = {row.pk}"
                f" RETURNING id) UPDATE {table} AS t SET {prefixed(second)}"
                " FROM a WHERE t.id = a.id"
            )
            after = taken_back(partial(ran, statement, {**first, **second}, row))
            assert after["state"] == old or machine.allows(old, after["state"])


def prefixed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name[2:]} = %({name})s" for name in values)


def ran(statement: str, values: dict[str, Any], row: Any) -> Any:
    attempt(lambda: raw(statement, values))
    return whole(row)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_one_illegal_row_takes_the_whole_statement_back(world, machine):
    """All rows at once: those that may move do not move without the others."""
    table = machine.table
    for new in states(machine):
        content = f"SELECT md5(string_agg(t::text, '/' ORDER BY id)) FROM {table} AS t"
        before, audited = one(content), one("SELECT count(*) FROM core_auditentry")
        refusal = attempt(partial(raw, f"UPDATE {table} SET state = %s", [new]))
        assert refusal is not None, new
        assert refusal.is_proper, (new, refusal)
        assert one(content) == before
        assert one("SELECT count(*) FROM core_auditentry") == audited


def test_a_savepoint_is_no_way_around(world):
    """What was refused is refused again after going back to a savepoint."""
    for machine in MACHINES:
        for old, new in illegal(machine)[:4]:
            row = world[machine.name, old]
            first, before, after = knock(update, machine, row, new)
            second, _, _ = knock(update, machine, row, new)
            assert first == second is not None
            assert before == after
