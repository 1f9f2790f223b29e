"""What machine, guards and audit add to legal moves of entries.

Four copies of the entries' table, alike in rows, columns, indexes and CHECKs, differ in
their triggers alone: none, the machine's, all guards, and guards with the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, LiteralString

import psycopg
from django.db import connection

from benchmarks.timing import Result, compare
from submissions.states import SubmissionState as S
from tests.factories import SubmissionFactory

# There and back in every round: 100,000 legal moves in each variant's table.
ENTRIES = 10_000
COMMITTED = 1_000
ROUNDS = 5
TABLE = "submissions_submission"
MACHINE = ("submission_moves", "submission_starts")
AUDIT = ("submission_audit",)
VARIANTS = {
    "no triggers": "bench_plain",
    "machine": "bench_machine",
    "machine and guards": "bench_guards",
    "machine, guards and audit": "bench_audit",
}
BASE = "no triggers"

# Moves there and back; the way out of *approved* asks other tables as well.
CHECKING = (
    "state = 'processing', lease_until = now(), attempt = attempt + 1",
    "state = 'received', lease_until = NULL",
)
REOPENING = (
    "state = 'pending', decision_reason = 'look again', decided_by_id = NULL, "
    "decided_at = NULL",
    "state = 'approved', decided_at = now(), decided_by_id = "
    "(SELECT max(decided_by_id) FROM submissions_submission)",
)

FILL = """
INSERT INTO {table} SELECT (jsonb_populate_record(entry, jsonb_build_object('id', n,
  'token', md5(n::text), 'public_id', right(md5(n::text), 11), 'original', n::text,
  'idempotency_key', n::text))).*
FROM generate_series(1, {rows}) AS n, submissions_submission AS entry
WHERE entry.state = '{state}'
"""
LOOP = """
DO $$ BEGIN FOR n IN 1..{rows} LOOP
  UPDATE {table} SET {move} WHERE id = n;
END LOOP; END $$
"""


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def run() -> Iterator[Result]:
    execute("SET statement_timeout = 0")
    for state in (S.RECEIVED, S.APPROVED):
        SubmissionFactory(state=state)
    yield measured("100,000 moves, 10,000 in a statement", S.RECEIVED, CHECKING, in_one)
    yield measured("100,000 moves, row by row", S.RECEIVED, CHECKING, one_by_one)
    yield measured(
        "10,000 moves, one transaction each", S.RECEIVED, CHECKING, committed
    )
    yield measured(
        "100,000 moves, half of them out of approved", S.APPROVED, REOPENING, in_one
    )


def measured(
    name: str,
    state: S,
    moves: tuple[str, str],
    way: Callable[[str, str], None],
) -> Result:
    """Move all entries there and back in every variant's table."""
    for table in VARIANTS.values():
        build(table, state)

    def there_and_back(table: str) -> None:
        for move in moves:
            way(table, move)

    acts = {
        variant: partial(there_and_back, table) for variant, table in VARIANTS.items()
    }
    result = compare(name, acts, base=BASE, rounds=ROUNDS, between=sweep)
    for table in VARIANTS.values():
        execute(f"DROP TABLE {table}")
    return result


def build(table: str, state: S) -> None:
    execute(f"CREATE TABLE {table} (LIKE {TABLE} INCLUDING ALL)")
    execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    execute(FILL.format(table=table, state=state, rows=ENTRIES))
    for name, definition in triggers():
        if name in wanted(table):
            execute(definition.replace(f"public.{TABLE}", table))
            execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    execute(f"VACUUM ANALYZE {table}")


def triggers() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgrelid = %s::regclass",
            [TABLE],
        )
        return list(cursor.fetchall())


def wanted(table: str) -> set[str]:
    every = {name for name, _ in triggers()}
    return {
        "bench_plain": set(),
        "bench_machine": set(MACHINE),
        "bench_guards": every - set(AUDIT),
        "bench_audit": every,
    }[table]


def in_one(table: str, move: str) -> None:
    execute(f"UPDATE {table} SET {move}")  # noqa: S608  names are ours


def one_by_one(table: str, move: str) -> None:
    execute(LOOP.format(table=table, move=move, rows=ENTRIES))


def committed(table: str, move: str) -> None:
    """One transaction for each entry, over the wire, as the site does it."""
    raw: psycopg.Connection[Any] = connection.connection
    sql: LiteralString = f"UPDATE {table} SET {move} WHERE id = %s"  # noqa: S608  names are ours
    for number in range(1, COMMITTED + 1):
        raw.execute(sql, [number], prepare=True)


def sweep() -> None:
    """Take away what the last variant left, for the next to find the same."""
    for table in VARIANTS.values():
        execute(f"VACUUM {table}")
    execute("TRUNCATE core_auditentry")
