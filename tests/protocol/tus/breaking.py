"""A line that breaks where it is told: a small TCP proxy before the site."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import Literal

READ_BYTES = 256 * 1024

Fault = tuple[Literal["cut", "hold"], int]


class BreakingLine:
    """Passes bytes on; each fault in turn strikes the first connection to send so many.

    "cut" resets the connection. "hold" passes nothing on any more, sets ``held`` and
    resets the connection when ``release`` is called.
    """

    def __init__(self, port: int, *faults: Fault) -> None:
        self.held = threading.Event()
        self.left = deque(faults)
        self._target = port
        self._released = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> BreakingLine:
        self._thread.start()
        listening = asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def release(self) -> None:
        self._loop.call_soon_threadsafe(self._released.set)

    async def _close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            site = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        there = asyncio.create_task(self._send(reader, site[1]))
        back = asyncio.create_task(_pass_on(site[0], writer))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            for end in (writer, site[1]):
                end.transport.abort()

    async def _send(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sent = 0
        while data := await reader.read(READ_BYTES):
            writer.write(data)
            await writer.drain()
            sent += len(data)
            if self.left and sent >= self.left[0][1]:
                kind, _bytes = self.left.popleft()
                if kind == "hold":
                    self.held.set()
                    await self._released.wait()
                return


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(READ_BYTES):
        writer.write(data)
        await writer.drain()
    # What is on its way must not be thrown away with the connection.
    writer.close()
    await writer.wait_closed()
