"""Actor, source and reason of changes, set in each transaction that writes.

The audit trigger reads three transaction-local settings. They are set before the first
write of a transaction, so reads cost nothing and nothing outlives a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "WITH")
SETTINGS = (
    "SELECT set_config('mycenas.actor', %s, true),"
    " set_config('mycenas.source', %s, true), set_config('mycenas.reason', %s, true)"
)
# A CTE that sets the actor. Join it, so that it runs before the first changed row. Its
# parameters are `actor_parameters()`.
ACTOR_CTE = f"actor AS MATERIALIZED ({SETTINGS})"


Who = Callable[[], tuple[int | None, str]]


def no_one() -> tuple[int | None, str]:
    """No person and no known source: a shell, or SQL by hand."""
    return None, ""


@dataclass(frozen=True)
class Acting:
    """The actor of writes, and the reason that a person gave.

    ``who`` is called at the first write and returns a user's id and the source (a URL
    name, a task). URLs are not recorded, because a receipt's URL is a secret.
    """

    who: Who = no_one
    reason: str = ""


_acting: ContextVar[Acting] = ContextVar("acting")
_no_actor = Acting()


@contextmanager
def acting(who: Who) -> Iterator[None]:
    """Record ``who`` as the actor of all writes inside."""
    token = _acting.set(Acting(who))
    try:
        with connection.execute_wrapper(_set_before_writing):
            yield
    finally:
        _acting.reset(token)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Run a transaction, or part of one, whose changes are recorded with ``reason``."""
    token = _acting.set(replace(_acting.get(_no_actor), reason=reason))
    try:
        with transaction.atomic():
            _set_actor()
            yield
    finally:
        _acting.reset(token)
    if connection.in_atomic_block:
        _set_actor()  # The transaction continues without the reason.


def _set_before_writing(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
) -> Any:
    if not str(sql).lstrip()[:6].upper().startswith(WRITES) or _is_set():
        return execute(sql, params, many, context)
    if connection.in_atomic_block:
        # A savepoint here would only be two more statements.
        _set_actor()
        return execute(sql, params, many, context)
    with transaction.atomic():
        _set_actor()
        return execute(sql, params, many, context)


def _is_set() -> bool:
    """Whether this transaction has its settings; its commit hooks end with it."""
    return connection.in_atomic_block and any(
        hook[1] is _settings_are_set for hook in connection.run_on_commit
    )


def actor_parameters() -> list[str]:
    """The parameters of ``SETTINGS`` and ``ACTOR_CTE``."""
    present = _acting.get(_no_actor)
    actor, source = present.who()
    return [str(actor or ""), source[:200], present.reason]


def _set_actor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS, actor_parameters())
    transaction.on_commit(_settings_are_set)


def _settings_are_set() -> None:
    """A commit hook that only marks a transaction whose settings are set."""


class AuditMiddleware:
    """Makes the person and the URL name actor and source of a request's changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def who() -> tuple[int | None, str]:
            match = request.resolver_match
            return request.user.pk, match.view_name if match else ""

        with acting(who):
            return self.get_response(request)
