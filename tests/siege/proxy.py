"""A small TCP proxy before the site that cuts, stalls, slows and half-closes lines."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections import Counter
from dataclasses import dataclass

READ = 16 * 1024
DRIP = 2 * 1024
DRIP_SECONDS = 0.01
CUT_REQUEST, CUT_ANSWER, HALF_CLOSE, STALL, SLOW = FAULTS = (
    "request cut", "answer cut", "half-closed", "stalled", "slowed",
)  # fmt: skip
REACHES = (300, 2_000, 20_000, 200_000)


@dataclass(frozen=True)
class Fault:
    """What happens to one connection, after how many bytes of its direction."""

    kind: str
    after: int = 0
    seconds: float = 0.0


class Cut(Exception):
    """The line breaks, for both sides."""


class Proxy:
    """Forwards to ``target`` on the loopback; ``trouble`` is the share of bad lines.

    ``planned`` faults come before the dice's. A thread of its own serves the lines.
    """

    def __init__(self, target: int, seed: str) -> None:
        self.trouble = 0.0
        self.planned: list[Fault] = []
        self.done: Counter[str] = Counter()
        self._target = target
        self._dice = random.Random(f"{seed}/proxy")
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port = 0

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        opened = asyncio.start_server(self._forward, "127.0.0.1", 0)
        server = self._loop.run_until_complete(opened)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    def _next_fault(self) -> Fault | None:
        if self.planned:
            return self.planned.pop(0)
        if self._dice.random() >= self.trouble:
            return None
        kind = self._dice.choice(FAULTS)
        reach = 200 if kind == CUT_ANSWER else self._dice.choice(REACHES)
        return Fault(kind, self._dice.randrange(reach), self._dice.uniform(0.5, 6))

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        fault = self._next_fault()
        # Cancelled is who still listens when the proxy ends.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there = await asyncio.open_connection("127.0.0.1", self._target)
            try:
                await self._both_ways((reader, writer), there, fault)
            finally:
                there[1].transport.abort()
        # A reset, not an end: nobody may take what came for a whole answer.
        writer.transport.abort()

    async def _both_ways(
        self,
        here: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        there: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        fault: Fault | None,
    ) -> None:
        answers = fault is not None and fault.kind == CUT_ANSWER
        up = self._copy(here[0], there[1], None if answers else fault)
        down = self._copy(there[0], here[1], fault if answers else None)
        tasks = asyncio.create_task(up), asyncio.create_task(down)
        try:
            await asyncio.wait(tasks, return_when="FIRST_EXCEPTION")
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        if not any(isinstance(end, Exception) for end in ends):
            await self._flush(here[1])

    async def _copy(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        fault: Fault | None,
    ) -> None:
        passed = 0
        while data := await reader.read(READ):
            if fault and fault.kind == SLOW:
                await self._drip(writer, data)
                self.done[SLOW] += not passed
            elif fault and passed + len(data) > fault.after:
                await self._send(writer, data[: fault.after - passed])
                await self._strike(writer, fault)
                await self._send(writer, data[fault.after - passed :])
                fault = None
            else:
                await self._send(writer, data)
            passed += len(data)
        with contextlib.suppress(OSError):
            writer.write_eof()

    async def _strike(self, writer: asyncio.StreamWriter, fault: Fault) -> None:
        self.done[fault.kind] += 1
        if fault.kind == STALL:
            await asyncio.sleep(fault.seconds)
        elif fault.kind == HALF_CLOSE:
            writer.write_eof()
            await asyncio.sleep(fault.seconds)
            raise Cut
        else:
            raise Cut

    async def _drip(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        for start in range(0, len(data), DRIP):
            await self._send(writer, data[start : start + DRIP])
            await asyncio.sleep(DRIP_SECONDS)

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def _flush(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()
