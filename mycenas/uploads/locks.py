"""One writer per upload within this process; a stalled one is preempted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from django.utils.translation import gettext as _

from mycenas.core.http.errors import Refused
from mycenas.uploads.bodies import PendingRead

T = TypeVar("T")


class Preempted(Exception):
    """Another connection continues this upload."""


class Lock:
    """Held by the one connection that may write."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        # True once the client is gone and only its bytes have to be made durable.
        self.ending = False
        self._pending: PendingRead | None = None

    async def wait_for(self, read: Awaitable[T]) -> T:
        """Wait for the client; ``Preempted`` if another connection takes over."""
        now = asyncio.get_running_loop().time()
        pending = self._pending = PendingRead(asyncio.current_task(), now)
        try:
            return await read
        except asyncio.CancelledError as error:
            if not pending.cancelled:
                raise
            pending.task.uncancel()
            self.ending = True
            raise Preempted from error
        except Exception:
            self.ending = True
            raise
        finally:
            self._pending = None

    def is_stalled(self, seconds: float) -> bool:
        """Whether no byte has arrived for so long."""
        now = asyncio.get_running_loop().time()
        pending = self._pending
        return pending is not None and now - pending.since >= seconds

    def preempt(self) -> None:
        if self._pending is not None:
            self._pending.cancel()


class UploadLocks:
    """The writers in this process; between processes the file's lock decides."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._locks: dict[str, Lock] = {}

    @asynccontextmanager
    async def hold(self, secret: str) -> AsyncIterator[Lock]:
        """Be the writer of an upload; refused (423) while there is another."""
        await self.release_stalled(secret)
        if secret in self._locks:
            raise locked(self._stall_seconds)
        lock = self._locks[secret] = Lock()
        try:
            yield lock
        finally:
            del self._locks[secret]
            lock.released.set()

    async def release_stalled(self, secret: str) -> None:
        """End a stalled writer, which keeps its bytes; wait for one that is ending."""
        lock = self._locks.get(secret)
        if lock is None:
            return
        if lock.is_stalled(self._stall_seconds):
            lock.preempt()
        elif not lock.ending:
            return
        await lock.released.wait()


def locked(seconds: float) -> Refused:
    """The refusal of a second writer (423)."""
    wait = max(1, round(seconds))
    sentence = _(
        "Another connection sends this file just now. Try again in %(seconds)s seconds."
    ) % {"seconds": wait}
    return Refused(
        sentence, status=423, code="locked", headers={"Retry-After": str(wait)}
    )
