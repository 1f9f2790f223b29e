"""Who acts and why, told to PostgreSQL with every transaction that writes.

The audit's trigger reads three transaction-local settings. They are set before the
first write of a transaction, so a read costs nothing and nothing outlives a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction

WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "WITH")
SETTINGS = (
    "SELECT set_config('mycenas.actor', %s, true),"
    " set_config('mycenas.source', %s, true), set_config('mycenas.reason', %s, true)"
)
# For a statement that is its own transaction: what it changes must be joined with
# ``told``, so that PostgreSQL knows who acts before the first row. Takes ``telling()``.
TOLD = f"told AS MATERIALIZED ({SETTINGS})"


Who = Callable[[], tuple[int | None, str]]


def nobody() -> tuple[int | None, str]:
    """No person and no known way in: a shell, or SQL by hand."""
    return None, ""


@dataclass(frozen=True)
class Acting:
    """Who is behind the writes, and what a person gave as the reason.

    ``who`` is asked at the first write: a user's id, and the way in (a page's name, a
    task). Addresses are not recorded, for a receipt's address is a secret.
    """

    who: Who = nobody
    reason: str = ""


_acting: ContextVar[Acting] = ContextVar("acting")
_nobody_acts = Acting()


@contextmanager
def acting(who: Who) -> Iterator[None]:
    """Everything written inside is audited as done by ``who``."""
    token = _acting.set(Acting(who))
    try:
        with connection.execute_wrapper(_tell_before_writing):
            yield
    finally:
        _acting.reset(token)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """One transaction, or part of one, whose changes are audited with ``reason``."""
    token = _acting.set(replace(_acting.get(_nobody_acts), reason=reason))
    try:
        with transaction.atomic():
            _tell()
            yield
    finally:
        _acting.reset(token)
    if connection.in_atomic_block:
        _tell()  # the transaction goes on, its reason does not


def _tell_before_writing(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
) -> Any:
    if not str(sql).lstrip()[:6].upper().startswith(WRITES) or _is_told():
        return execute(sql, params, many, context)
    if connection.in_atomic_block:
        # Within a transaction a savepoint would only be two more statements.
        _tell()
        return execute(sql, params, many, context)
    with transaction.atomic():
        _tell()
        return execute(sql, params, many, context)


def _is_told() -> bool:
    """Whether this transaction knows already; Django forgets its hooks with it."""
    return connection.in_atomic_block and any(
        hook[1] is _told for hook in connection.run_on_commit
    )


def telling() -> list[str]:
    """The parameters of ``SETTINGS`` and ``TOLD``."""
    present = _acting.get(_nobody_acts)
    actor, source = present.who()
    return [str(actor or ""), source[:200], present.reason]


def _tell() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS, telling())
    transaction.on_commit(_told)


def _told() -> None:
    """Marks a transaction whose settings are set."""
