"""uvicorn's HTTP protocol with limits on request heads and connections.

The parser keeps a header until it ends, and uvicorn keeps a connection until its head
ends. Here a head has a size, a number of headers and a time, and an address has a
number of connections that are slow with theirs. Bodies are not concerned: the upload
code has rules for them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from mycenas.core.http.network import is_trusted_peer, network_around
from mycenas.serving.limits import (
    BAD,
    NOT_ONE_HOST,
    ConnectionLimits,
    IdleConnections,
    Refusal,
    length_of_body,
    names_one_host,
    site_limits,
)
from mycenas.serving.upgrades import OneProtocol

# The parser gets so many bytes at once; no more is parsed ahead of an answer.
STEP_BYTES = 16 * 1024
# Requests sent ahead wait in memory up to this size.
HELD_BYTES = 1024 * 1024
# Connections beyond the limit that may be read from after a refusal.
DRAINING = 50


class RefusedHead(ValueError):
    """Ends the parsing of a head."""


class BoundedProtocol(OneProtocol):
    """One connection. Give uvicorn the class as its ``http``."""

    # Those of the site, unless a subclass has its own.
    limits: ConnectionLimits | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.address = ""
        self._limits = self.limits or site_limits()
        self._idle = IdleConnections.of(self.server_state)
        self._in_head = True
        # Bytes of this head, or of a body's framing since its last data.
        self._size = 0
        # Bytes of a body that are to come, where its length is known.
        self._left = 0
        self._has_begun = False
        self._is_timed = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        # Requests that were sent ahead of an answer.
        self._held = b""
        self._fault: Refusal | None = None
        # Given after the answers that are under way.
        self._last_answer: Refusal | None = None
        self._ends = False
        self._drained = 0

    # --- what the transport says

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        self.address = "" if not peer or is_trusted_peer(peer) else network_around(peer)
        self._idle.add(self)
        self._watch()
        if len(self.connections) > self._limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._ends:
            self._drain(len(data))
            return
        rest = memoryview(self._held + data)
        self._held = b""
        while rest and not self._ends and not self.transport.is_closing():
            if self._in_head and self._is_answering():
                self._hold(bytes(rest))
                return
            room = self._left or min(STEP_BYTES, self._limits.head_bytes - self._size)
            if room <= 0:
                self._refuse(self._too_large())
                return
            self._size += len(rest[:room])
            super().data_received(rest[:room])  # type: ignore[arg-type]
            rest = rest[room:]
        if self._in_head and not self._ends and not self._is_answering():
            self._await_head()

    # --- what the parser says

    def on_message_begin(self) -> None:
        self._has_begun = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer: no code reads it, and the request is being answered
        self._fault = self._limits.header_refused(len(self.headers), name, value)
        if self._fault:
            raise RefusedHead
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        if not names_one_host(self.headers, version):
            self._fault = NOT_ONE_HOST
        if self._fault or b"#" in self.url:  # RFC 9112: no address has a fragment
            raise RefusedHead
        # Raises for an address that cannot be parsed: then no request has begun.
        super().on_headers_complete()
        self._in_head = False
        self._size = 0
        self._left = length_of_body(self.headers)
        self._stop_watching()

    def on_body(self, body: bytes) -> None:
        self._size = 0
        self._left = max(0, self._left - len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.has_offer:
            return
        super().on_message_complete()
        self._in_head, self._size, self._left = True, 0, 0
        self._has_begun = self._is_timed = False

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._fault or BAD)

    # --- what the application and the server say

    def on_response_complete(self) -> None:
        was_last = not self.pipeline
        super().on_response_complete()
        if not was_last or self.transport.is_closing():
            return
        if self._last_answer:
            self._end(self._last_answer)
        elif self._held:
            self.loop.call_soon(self._go_on)
        elif self._in_head:
            self._idle.add(self)
            if self._has_begun or self._size:
                self._unset_keepalive_if_required()
                self._await_head()

    def shutdown(self) -> None:
        super().shutdown()
        if self._ends and not self._last_answer:
            self.transport.close()

    # --- inside

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _hold(self, rest: bytes) -> None:
        """Keep what was sent ahead until the answer is given."""
        self._held = rest
        self.flow.pause_reading()
        if len(rest) > HELD_BYTES:
            self.transport.abort()

    def _go_on(self) -> None:
        if not self.transport.is_closing():
            self.data_received(b"")

    def _await_head(self) -> None:
        """Start the clock of the next head, once its first byte may be there."""
        self._idle.add(self)
        if not self._is_timed:
            self._is_timed = True
            self._watch()

    def _watch(self) -> None:
        """The head has its seconds from now on."""
        limits = self._limits
        self._deadline = self.loop.time() + limits.head_seconds
        if self._timer is None:
            soon = min(limits.slow_after, limits.head_seconds)
            self._timer = self.loop.call_later(soon, self._look)

    def _look(self) -> None:
        """End a connection that waits for too long, or is one slow one too many."""
        self._timer = None
        left = self._deadline - self.loop.time()
        if left <= 0:
            self._end_idle(self._limits.head_too_late())
        elif self._is_one_too_many():
            self._end_idle(self._limits.too_many_slow())
        else:
            self._timer = self.loop.call_later(left, self._look)

    def _is_one_too_many(self) -> bool:
        return bool(self.address) and (
            self._idle.add_slow(self) > self._limits.slow_heads
        )

    def _stop_watching(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._idle.discard(self)

    def _make_room(self) -> None:
        """End an idle connection of the address that has most, maybe this one."""
        other = self._idle.oldest_of_largest()
        if other is None or other is self:
            self._end(self._limits.server_full())
        else:
            other.give_way()

    def give_way(self) -> None:
        """End this idle connection, because the server has no room for a new one."""
        self._end_idle(self._limits.server_full())

    # --- refusing

    def _too_large(self) -> Refusal:
        if self._in_head:
            return self._limits.head_too_large()
        return self._limits.trailers_too_large()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer and end; answers that are under way come first."""
        if self._in_head and self._is_answering():
            self._end_later(refusal)
        elif self._in_head or self._gives_up_request():
            self._end(refusal)
        else:
            self.transport.close()

    def _gives_up_request(self) -> bool:
        """Let the application know that its request ends; may it still be refused?"""
        can_refuse = not self.cycle.response_started and not self.pipeline
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        return can_refuse

    def _end_later(self, refusal: Refusal) -> None:
        self._last_answer = refusal
        self._ends = True
        self._stop_watching()

    def _end_idle(self, refusal: Refusal) -> None:
        """End; without an answer where no byte of a request has come.

        A browser that has connected early would take it for that of its next request.
        """
        if self._has_begun or self._size:
            self._end(refusal)
        else:
            self._ends = True
            self._stop_watching()
            self.transport.close()

    def _end(self, refusal: Refusal) -> None:
        """Give the answer, half close, and read on so that the client sees it."""
        self._ends = True
        self._stop_watching()
        self._unset_keepalive_if_required()
        if self.transport.is_closing():
            return
        self.transport.write(refusal.answer(self.server_state.default_headers))
        if self._may_drain():
            self.flow.resume_reading()
            self.transport.write_eof()
            seconds = self._limits.drain_seconds
            self._timer = self.loop.call_later(seconds, self.transport.abort)
        else:
            self.transport.close()

    def _may_drain(self) -> bool:
        room = self._limits.connections + DRAINING - len(self.connections)
        return room > 0 and self.transport.can_write_eof()

    def _drain(self, size: int) -> None:
        self._drained += size
        if self._drained > self._limits.drain_bytes:
            self.transport.abort()
