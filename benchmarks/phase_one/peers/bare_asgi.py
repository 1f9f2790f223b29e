"""A bare ASGI application: no framework, no checks, the same durable work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.phase_one.peers.durable import BATCH_BYTES, BareFile

Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_threads = ThreadPoolExecutor(8)


def taking(
    begin: Callable[[Scope], BareFile],
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Takes one file; disk, hash and row are the business of a thread."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif body := await _taken(begin, scope, receive):
            headers = [(b"content-length", str(len(body)).encode())]
            start = {"type": "http.response.start", "status": 202, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": body})

    return application


async def _taken(
    begin: Callable[[Scope], BareFile], scope: Scope, receive: Receive
) -> bytes:
    """The answer; nothing for who has gone."""
    loop = asyncio.get_running_loop()
    file = await loop.run_in_executor(_threads, begin, scope)
    batch, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        batch += message.get("body", b"")
        more = message.get("more_body", False)
        if len(batch) >= BATCH_BYTES and more:
            await loop.run_in_executor(_threads, file.write, batch)
            batch = bytearray()
    return await loop.run_in_executor(_threads, _end, file, batch)


def _end(file: BareFile, batch: bytearray) -> bytes:
    file.write(batch)
    return file.finish()


async def _live(receive: Receive, send: Send) -> None:
    for word in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{word}.complete"})


application = taking(lambda _scope: BareFile())
