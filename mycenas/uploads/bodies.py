"""Request bodies, read on the event loop."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.uploads.asgi_types import Message, Receive


class Disconnected(Exception):
    """The client has closed the connection."""


class TooSlow(ProblemError):
    """The client paused too long, or sent too little."""

    status = 408
    code = "too_slow"


class PendingRead:
    """A task that waits for the client's next message, and since when."""

    def __init__(self, task: asyncio.Task[Any] | None, since: float) -> None:
        assert task is not None  # noqa: S101  for mypy: servers run us in one
        self.task = task
        self.since = since
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
        self.task.cancel()


class Body:
    """One request's body: counted and compared with its declared length.

    ``declared`` is in bytes, None for a body without a declared length. A pause
    longer than ``idle_seconds`` ends it, and so do fewer than ``slow_bytes`` in
    ``slow_seconds`` of waiting for the client.
    """

    def __init__(
        self,
        receive: Receive,
        *,
        declared: int | None,
        idle_seconds: float,
        slow_seconds: float,
        slow_bytes: int,
    ) -> None:
        self.received = 0
        # True once the body has been read to its end.
        self.finished = declared == 0
        # True until the first read, which sends "100 Continue".
        self.untouched = True
        self._broken = False
        self._receive = receive
        self._declared = declared
        self._idle_seconds = idle_seconds
        self._slow_seconds = slow_seconds
        self._slow_bytes = slow_bytes
        self._waited = 0.0
        self._counted = 0
        self._timer: asyncio.TimerHandle | None = None
        self._pending: PendingRead | None = None

    async def chunk(self) -> bytes | None:
        """The next bytes, None at the end.

        Raises ``Disconnected``, ``TooSlow``, and ``ProblemError`` for a wrong length.
        """
        while not self.finished:
            data = await self._next()
            if data:
                return data
        return None

    async def drain(self, at_most: int) -> bool:
        """Read and discard the rest; True if that was all of it.

        Browsers show a response only after they have sent the whole body.
        """
        goal = self.received + at_most
        try:
            while not self._broken and self.received < goal:
                if await self.chunk() is None:
                    return True
        except ProblemError:
            return False
        return self.finished

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def abandon(self) -> None:
        """Read nothing more of this body."""
        self._broken = True

    async def _next(self) -> bytes:
        self.untouched = False
        began = time.monotonic()
        message = await self._message(began)
        if message["type"] == "http.disconnect":
            raise Disconnected
        data: bytes = message.get("body", b"")
        self.received += len(data)
        self._check_length(ended=not message.get("more_body", False))
        self._check_speed(time.monotonic() - began, len(data))
        return data

    async def _message(self, began: float) -> Message:
        if self._timer is None:
            self._start_timer(self._idle_seconds)
        pending = self._pending = PendingRead(asyncio.current_task(), began)
        try:
            return await self._receive()
        except asyncio.CancelledError as error:
            if not pending.cancelled:
                raise
            pending.task.uncancel()
            self._broken = True
            sentence = _(
                "Nothing arrived for %(limit)s seconds, so the transfer was ended. "
                "Nothing was kept. Check the connection and send it again."
            )
            limit = max(1, round(self._idle_seconds))
            raise TooSlow(sentence % {"limit": limit}, limit=limit) from error
        finally:
            self._pending = None

    def _start_timer(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._check_idle)

    def _check_idle(self) -> None:
        """Cancel an idle read. One timer per body costs less than one per read."""
        pending = self._pending
        idle = time.monotonic() - pending.since if pending else 0.0
        if pending and idle >= self._idle_seconds:
            pending.cancel()
        else:
            self._start_timer(self._idle_seconds - idle)

    def _check_speed(self, waited: float, count: int) -> None:
        """Count only time spent waiting for the client."""
        self._waited += waited
        self._counted += count
        if self._waited < self._slow_seconds or self.finished:
            return
        if self._counted < self._slow_bytes:
            self._broken = True
            sentence = _(
                "Fewer than %(limit)s bytes arrived in %(seconds)s seconds, so the "
                "transfer was ended. Nothing was kept. Send it again over a better "
                "connection."
            )
            seconds = round(self._slow_seconds)
            numbers = {"limit": f"{self._slow_bytes:,}", "seconds": seconds}
            raise TooSlow(sentence % numbers, limit=self._slow_bytes, seconds=seconds)
        self._waited, self._counted = 0.0, 0

    def _check_length(self, *, ended: bool) -> None:
        declared = self._declared
        if declared is not None and (
            self.received > declared or (ended and self.received != declared)
        ):
            self._broken = True
            sentence = _(
                "%(found)s bytes arrived where %(declared)s were announced. Nothing "
                "was kept. Send it again."
            )
            numbers = {"found": f"{self.received:,}", "declared": f"{declared:,}"}
            raise ProblemError(
                sentence % numbers,
                status=400,
                code="wrong_length",
                found=self.received,
                declared=declared,
            )
        self.finished = ended
