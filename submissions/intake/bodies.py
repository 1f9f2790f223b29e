"""Request bodies as they come in, on the event loop."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from submissions.intake.asgi_types import Message, Receive
from submissions.intake.refusals import TurnedAway, gettext_noop

TOO_SLOW = gettext_noop(
    "Nothing arrived for %(limit)s seconds, so the transfer was ended. Nothing was "
    "kept. Check the connection and send it again."
)
TRICKLING = gettext_noop(
    "Fewer than %(limit)s bytes arrived in %(seconds)s seconds, so the transfer was "
    "ended. Nothing was kept. Send it again over a better connection."
)
WRONG_LENGTH = gettext_noop(
    "%(found)s bytes arrived where %(declared)s were announced. Nothing was kept. "
    "Send it again."
)


class Disconnected(Exception):
    """The client has gone; there is nobody to answer."""


class Listening:
    """Who waits for a message, and since when."""

    def __init__(self, task: asyncio.Task[Any] | None, since: float) -> None:
        assert task is not None  # noqa: S101  for mypy: servers run us in one
        self.task = task
        self.since = since
        self.given_up = False

    def give_up(self) -> None:
        self.given_up = True
        self.task.cancel()


class Body:
    """One request's body: counted, compared with its declared length, never hurried.

    ``declared`` is in bytes, None for a body without a declared length. A pause
    longer than ``idle_seconds`` ends it, and so does a trickle: fewer than
    ``slow_bytes`` in ``slow_seconds`` of waiting for the sender.
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
        # True while the client waits for our word before it sends the body.
        self.untouched = True
        self._broken = False
        self._receive = receive
        self._declared = declared
        self._idle_seconds = idle_seconds
        self._slow_seconds = slow_seconds
        self._slow_bytes = slow_bytes
        self._waited = 0.0
        self._came = 0
        self._watch: asyncio.TimerHandle | None = None
        self._listening: Listening | None = None

    async def chunk(self) -> bytes | None:
        """The next bytes, None at the end.

        Raises Disconnected, or TurnedAway for a pause or a wrong length.
        """
        while not self.finished:
            data = await self._next()
            if data:
                return data
        return None

    async def drain(self, at_most: int) -> bool:
        """Read and throw away what is left; True if that was all of it.

        Browsers show an answer only when they could send everything.
        """
        goal = self.received + at_most
        try:
            while not self._broken and self.received < goal:
                if await self.chunk() is None:
                    return True
        except TurnedAway:
            return False
        return self.finished

    def close(self) -> None:
        """Watch no longer."""
        if self._watch is not None:
            self._watch.cancel()

    def abandon(self) -> None:
        """Nothing more of this body is of interest."""
        self._broken = True

    async def _next(self) -> bytes:
        self.untouched = False
        began = time.monotonic()
        message = await self._heard(began)
        if message["type"] == "http.disconnect":
            raise Disconnected
        data: bytes = message.get("body", b"")
        self.received += len(data)
        self._check_length(ended=not message.get("more_body", False))
        self._check_pace(time.monotonic() - began, len(data))
        return data

    async def _heard(self, began: float) -> Message:
        """What comes next; TurnedAway after a silence."""
        if self._watch is None:
            self._watch_for(self._idle_seconds)
        listening = self._listening = Listening(asyncio.current_task(), began)
        try:
            return await self._receive()
        except asyncio.CancelledError as error:
            if not listening.given_up:
                raise
            listening.task.uncancel()
            self._broken = True
            limit = {"limit": max(1, round(self._idle_seconds))}
            raise TurnedAway(408, "too_slow", TOO_SLOW, limit) from error
        finally:
            self._listening = None

    def _watch_for(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Give a silent sender up. One watch for a body costs less than one a piece."""
        listening = self._listening
        silent = time.monotonic() - listening.since if listening else 0.0
        if listening and silent >= self._idle_seconds:
            listening.give_up()
        else:
            self._watch_for(self._idle_seconds - silent)

    def _check_pace(self, waited: float, came: int) -> None:
        """Only the time counts that the sender let us wait."""
        self._waited += waited
        self._came += came
        if self._waited < self._slow_seconds or self.finished:
            return
        if self._came < self._slow_bytes:
            self._broken = True
            limits = {"limit": self._slow_bytes, "seconds": round(self._slow_seconds)}
            raise TurnedAway(408, "too_slow", TRICKLING, limits)
        self._waited, self._came = 0.0, 0

    def _check_length(self, *, ended: bool) -> None:
        declared = self._declared
        if declared is not None and (
            self.received > declared or (ended and self.received != declared)
        ):
            self._broken = True
            parameters = {"found": self.received, "declared": declared}
            raise TurnedAway(400, "wrong_length", WRONG_LENGTH, parameters)
        self.finished = ended
