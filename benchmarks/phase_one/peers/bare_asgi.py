"""A bare ASGI application: no framework, no checks, the same durable work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.phase_one.peers.durable import BATCH_BYTES, BareFile

Message = dict[str, Any]
_threads = ThreadPoolExecutor(8)


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Take one file; disk, hash and row are the business of a thread."""
    if scope["type"] == "lifespan":
        return await _live(receive, send)
    loop = asyncio.get_running_loop()
    file = await loop.run_in_executor(_threads, BareFile)
    batch, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        batch += message.get("body", b"")
        more = message.get("more_body", False)
        if len(batch) >= BATCH_BYTES and more:
            await loop.run_in_executor(_threads, file.write, batch)
            batch = bytearray()
    body = await loop.run_in_executor(_threads, _end, file, batch)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return None


def _end(file: BareFile, batch: bytearray) -> bytes:
    file.write(batch)
    return file.finish()


async def _live(
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    for word in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{word}.complete"})
