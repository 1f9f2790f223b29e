"""Rows as CSV, made by PostgreSQL and passed on row by row."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from mycenas.core.db.database import compose
from mycenas.staff.exports.cells import query_of
from mycenas.staff.exports.kinds import Column, Content

# A statement that gives rows for so long is cancelled; others have 15 seconds.
LONGEST = "SET LOCAL statement_timeout = '30min'"
# Rows passed on together.
AT_ONCE = 500


def csv_blocks(
    rows: QuerySet[Any], columns: Sequence[Column]
) -> Generator[tuple[bytes, int], None, None]:
    """The file in blocks, each with the number of rows in it; the head is none.

    One statement reads all rows, as they are at one moment.
    """
    statement, parameters = query_of(rows, columns)
    quoted = [f'"{one.name}"' for one in columns if one.content is Content.TEXT]
    options = "FORMAT csv, HEADER, ENCODING 'UTF8'"
    if quoted:
        options += f", FORCE_QUOTE ({', '.join(quoted)})"
    # With DEBUG, Django's cursor takes no parameters here.
    copy = compose(f"COPY ({statement}) TO STDOUT ({options})", parameters)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LONGEST)
        with cursor.copy(copy):
            yield from _blocks()


def _blocks() -> Iterator[tuple[bytes, int]]:
    """The lines that PostgreSQL sends, read without psycopg's own loop.

    That one polls the socket for each line, which takes as long as all the rest.
    """
    session = connection.connection.pgconn
    read, at_once, length = session.get_copy_data, 1, 1
    while length > 0:
        lines = []
        for _ in range(at_once):
            length, line = read(0)
            if length < 0:
                break
            lines.append(line)
        # The first one is the head.
        yield b"".join(lines), len(lines) if at_once > 1 else 0
        at_once = AT_ONCE
    while (result := session.get_result()) is not None:
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
