"""Moves an upload's bytes from the event loop to staging.

Everything that streams a file shares it. Hashing and disk work happen in threads, one
batch at a time: while a batch is written the next one gathers, never more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from mycenas.storage import (
    PartialFile,
    PartialFileLocked,
    StagingWriter,
    StorageFailed,
    Store,
)

# 900 slow phones then hold at most some 225 MB of unwritten batches.
BATCH_BYTES = 256 * 1024
# While a thread writes, a fast sender's next batch may grow: fewer turns of a thread.
BUSY_BYTES = 2 * BATCH_BYTES
# Smaller pieces are gathered: a trickle shall not become thousands of them.
SMALL_BYTES = 16 * 1024

T = TypeVar("T")


class Batch:
    """Bytes that wait for the disk: large pieces as they came, small ones joined."""

    def __init__(self) -> None:
        self.size = 0
        self.pieces: list[bytes | bytearray] = []

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if len(piece) >= SMALL_BYTES:
            self.pieces.append(piece)
        elif self.pieces and isinstance(self.pieces[-1], bytearray):
            self.pieces[-1] += piece
        else:
            self.pieces.append(bytearray(piece))


class Pump:
    """One file on its way to staging; ``size`` counts its bytes as they come.

    Beyond ``limit`` bytes nothing is kept, but counting goes on.
    """

    def __init__(self, store: Store, threads: Executor) -> None:
        self.size = 0
        self.limit: int | None = None
        self._store = store
        self._threads = threads
        self._batch = Batch()
        self._writer: StagingWriter | None = None
        self._first: Callable[[], None] | None = None
        self._job: asyncio.Future[Any] | None = None

    def append_to(self, part: PartialFile) -> None:
        """Write to an unfinished file in place of a fresh one; ``discard`` lets go."""
        self._writer = part

    def prepare(self, first: Callable[[], None]) -> None:
        """Have this done before the next bytes are written, in the same turn."""
        self._first = first

    async def run(self, job: Callable[[], T]) -> T:
        """Do something with the file where its bytes are written: in a thread."""
        await self._settled()
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(self._threads, job)
        result: T = await self._settled()
        return result

    async def flush(self) -> None:
        """Make durable what came so far; more may follow. Only for a part."""
        await self._settled()
        self._start(self._write_and_sync)
        await self._settled()

    @property
    def too_large(self) -> bool:
        return self.limit is not None and self.size > self.limit

    async def feed(self, pieces: Iterable[bytes]) -> None:
        """Take bytes; waits while the disk is slower than the line."""
        for piece in pieces:
            self.size += len(piece)
            if not self.too_large:
                self._batch.add(piece)
        if self.too_large:
            await self.discard()
        elif self._batch.size >= (BUSY_BYTES if self._is_writing else BATCH_BYTES):
            await self._settled()
            self._start(self._write)

    async def finish(
        self, then: Callable[[StagingWriter], T], threads: Executor | None = None
    ) -> T:
        """Write what is left, and do ``then`` with it in the same turn of a thread."""
        await self._settled()
        self._start(partial(self._write_and, then), threads)
        result: T = await self._settled()
        return result

    async def discard(self) -> None:
        """Keep nothing of what is not sealed; may be called more than once."""
        self._batch = Batch()
        # A thread may still write; closing its file under it could hit another file.
        with suppress(StorageFailed, PartialFileLocked):
            await self._settled()
        writer, self._writer = self._writer, None
        if writer is not None and writer.is_open:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, writer.discard)

    def _start(
        self, job: Callable[[Batch], Any], threads: Executor | None = None
    ) -> None:
        """Give the gathered batch to a thread."""
        batch, self._batch = self._batch, Batch()
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(threads or self._threads, job, batch)

    @property
    def _is_writing(self) -> bool:
        return self._job is not None and not self._job.done()

    async def _settled(self) -> Any:
        """Wait for the thread, and raise what it raised.

        The job stays ours until it is done, even if this wait is cancelled.
        """
        if self._job is None:
            return None
        if self._is_writing:
            await asyncio.wait([self._job])
        job, self._job = self._job, None
        return job.result()

    def _write(self, batch: Batch) -> None:
        self._open_writer().write(*batch.pieces)

    def _write_and(self, then: Callable[[StagingWriter], T], batch: Batch) -> T:
        writer = self._open_writer()
        if batch.size:
            writer.write(*batch.pieces)
        return then(writer)

    def _write_and_sync(self, batch: Batch) -> None:
        writer = self._open_writer()
        assert isinstance(writer, PartialFile)  # noqa: S101  for mypy
        writer.write(*batch.pieces)
        writer.sync()

    def _open_writer(self) -> StagingWriter:
        if self._writer is None:
            self._writer = self._store.stage()
        first, self._first = self._first, None
        if first is not None:
            first()
        return self._writer
