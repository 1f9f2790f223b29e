"""Very many rows like samples, made by PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.models import Model

FILL = """
INSERT INTO {table} ({columns}) SELECT {values} FROM {table} AS sample,
  generate_series(%(first)s::bigint, %(last)s) AS n
WHERE sample.id = (%(samples)s::bigint[])[1 + n %% cardinality(%(samples)s)]
"""
NEXT = "SELECT 1 + max(id) FROM {table}"
LAST = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT indisunique
"""
GUARDS = """
SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'A'
"""


def next_key(model: type[Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(NEXT.format(table=model._meta.db_table))
        ((key,),) = cursor.fetchall()
    return int(key)


def fill(
    samples: Sequence[Model], count: int, own: Mapping[str, str], **values: str | int
) -> None:
    """Rows like each of the samples in turn; ``own`` is what differs, in SQL.

    There ``n`` is the key of the row, and ``values`` are placeholders.
    """
    model = type(samples[0])
    columns = [str(one.column) for one in model._meta.concrete_fields]
    made = {"id": "n", **own}
    statement = FILL.format(
        table=model._meta.db_table,
        columns=", ".join(f'"{name}"' for name in columns),
        values=", ".join(made.get(name, f'sample."{name}"') for name in columns),
    )
    first = next_key(model)
    keys = {"first": first, "last": first + count - 1}
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {**values, **keys, "samples": [one.pk for one in samples]}
        )


@contextmanager
def in_bulk(model: type[Model]) -> Iterator[None]:
    """Rows of a benchmark are not moved from state to state, nor indexed one by one."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(GUARDS, [table])
        guards = cursor.fetchall()
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(INDEXES, [table])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for (name,) in guards:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
        cursor.execute(LAST.format(table=table))
