"""Actor, source and reason of changes, set in each transaction that writes.

The audit trigger reads three transaction-local settings. They are set before the first
write of a transaction, so reads cost nothing and nothing outlives a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "WITH")
SETTINGS = (
    "SELECT set_config('mycenas.actor', %s, true),"
    " set_config('mycenas.source', %s, true), set_config('mycenas.reason', %s, true)"
)
# A CTE that sets the actor. Join it, so that it runs before the first changed row. Its
# parameters are `actor_parameters()`.
ACTOR_CTE = f"actor AS MATERIALIZED ({SETTINGS})"

# Gives a user's id and the source (a URL name, a task); called at the first write. URLs
# are not recorded, because a receipt's URL is a secret.
Who = Callable[[], tuple[int | None, str]]

_who: ContextVar[Who | None] = ContextVar("who", default=None)
# The reason that a person gave.
_reason: ContextVar[str] = ContextVar("reason", default="")


@contextmanager
def acting(who: Who) -> Iterator[None]:
    """Record ``who`` as the actor of all writes inside.

    In a transaction that has begun before, only of those: it goes on as it was.
    """
    token = _who.set(who)
    _forget_settings()
    try:
        with connection.execute_wrapper(_set_before_writing):
            yield
    finally:
        _who.reset(token)
    if _is_set():
        _set_actor()


@contextmanager
def in_name_of(person: Any) -> Iterator[None]:
    """Let ``person`` be the actor where no request says who acts: in a command."""
    who = _who.get()
    actor, source = who() if who else (None, "")
    if actor is not None:
        yield
    else:
        with acting(lambda: (person.pk, source)):
            yield


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Run a transaction, or part of one, whose changes are recorded with ``reason``."""
    token = _reason.set(reason)
    try:
        with transaction.atomic():
            _set_actor()
            yield
    finally:
        _reason.reset(token)
    if connection.in_atomic_block:
        _set_actor()  # The transaction continues without the reason.


@contextmanager
def with_actor() -> Iterator[None]:
    """Run a transaction that has its actor from the beginning.

    Others get it before their first write. Row-level security asks for it at reads,
    and guards compare it.
    """
    with transaction.atomic():
        _set_actor()
        yield


def _set_before_writing(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
) -> Any:
    if not str(sql).lstrip()[:6].upper().startswith(WRITES) or _is_set():
        return execute(sql, params, many, context)
    # In a transaction a savepoint would only be two more statements.
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        _set_actor()
        return execute(sql, params, many, context)


def _is_set() -> bool:
    """Whether this transaction has its settings; its commit hooks end with it."""
    return connection.in_atomic_block and any(
        hook[1] is _settings_are_set for hook in connection.run_on_commit
    )


def actor_parameters() -> list[str]:
    """The parameters of ``SETTINGS`` and ``ACTOR_CTE``."""
    who = _who.get()
    # Without an actor it is a shell, or SQL by hand.
    actor, source = who() if who else (None, "")
    return [str(actor or ""), source[:200], _reason.get()]


def _set_actor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS, actor_parameters())
    transaction.on_commit(_settings_are_set)


def _forget_settings() -> None:
    """Have the next write of this transaction set its settings anew."""
    hooks = connection.run_on_commit
    hooks[:] = [hook for hook in hooks if hook[1] is not _settings_are_set]


def _settings_are_set() -> None:
    """A commit hook that only marks a transaction whose settings are set."""


class AuditMiddleware(MiddlewareMixin):
    """Makes the person and the URL name actor and source of a request's changes."""

    def __call__(self, request: HttpRequest) -> Any:
        def who() -> tuple[int | None, str]:
            match = request.resolver_match
            return request.user.pk, match.view_name if match else ""

        with acting(who):
            return self.get_response(request)
