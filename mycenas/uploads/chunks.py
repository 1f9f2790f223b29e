"""Writes an upload's bytes from the event loop to staging.

Hashing and disk work happen in threads, one buffer at a time: while a buffer is written
the next one fills, never more.
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

# 900 slow phones then hold at most some 225 MB of unwritten buffers.
BUFFER_BYTES = 256 * 1024
# While a thread writes, a fast client's next buffer may grow: fewer thread changes.
BUSY_BUFFER_BYTES = 2 * BUFFER_BYTES
# Join chunks below this size to avoid thousands of tiny buffers.
SMALL_BYTES = 16 * 1024

T = TypeVar("T")


class Buffer:
    """Bytes that wait for the disk: large chunks as they came, small ones joined."""

    def __init__(self) -> None:
        self.size = 0
        self.chunks: list[bytes | bytearray] = []

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if len(chunk) >= SMALL_BYTES:
            self.chunks.append(chunk)
        elif self.chunks and isinstance(self.chunks[-1], bytearray):
            self.chunks[-1] += chunk
        else:
            self.chunks.append(bytearray(chunk))


class ChunkWriter:
    """One file on its way to staging; ``size`` counts its bytes as they arrive.

    Beyond ``limit`` bytes nothing is kept, but counting goes on.
    """

    def __init__(self, store: Store, threads: Executor) -> None:
        self.size = 0
        self.limit: int | None = None
        self._store = store
        self._threads = threads
        self._buffer = Buffer()
        self._writer: StagingWriter | None = None
        self._first: Callable[[], None] | None = None
        self._job: asyncio.Future[Any] | None = None

    def append_to(self, part: PartialFile, begin: Callable[[], None]) -> None:
        """Write to a partial file, after ``begin`` has run in the first write job."""
        self._writer = part
        self._first = begin

    async def flush(self) -> None:
        """Make durable what has arrived; more may follow. Only for a partial file."""
        await self._settled()
        self._start(self._write_and_sync)
        await self._settled()

    @property
    def too_large(self) -> bool:
        return self.limit is not None and self.size > self.limit

    async def feed(self, chunks: Iterable[bytes]) -> None:
        """Take bytes; waits while the disk is slower than the network."""
        for chunk in chunks:
            self.size += len(chunk)
            if not self.too_large:
                self._buffer.add(chunk)
        limit = BUSY_BUFFER_BYTES if self._is_writing else BUFFER_BYTES
        if self.too_large:
            await self.discard()
        elif self._buffer.size >= limit:
            await self._settled()
            self._start(self._write)

    async def finish(
        self, then: Callable[[StagingWriter], T], threads: Executor | None = None
    ) -> T:
        """Write the rest, and call ``then`` with the writer in the same job."""
        await self._settled()
        self._start(partial(self._write_and, then), threads)
        result: T = await self._settled()
        return result

    async def discard(self) -> None:
        """Keep nothing of what is not sealed; may be called more than once."""
        self._buffer = Buffer()
        # A thread may still write; closing its file under it could hit another file.
        with suppress(StorageFailed, PartialFileLocked):
            await self._settled()
        writer, self._writer = self._writer, None
        if writer is not None and writer.is_open:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, writer.discard)

    def _start(
        self, job: Callable[[Buffer], Any], threads: Executor | None = None
    ) -> None:
        """Give the buffer to a thread."""
        buffer, self._buffer = self._buffer, Buffer()
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(threads or self._threads, job, buffer)

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

    def _write(self, buffer: Buffer) -> None:
        self._open_writer().write(*buffer.chunks)

    def _write_and(self, then: Callable[[StagingWriter], T], buffer: Buffer) -> T:
        writer = self._open_writer()
        if buffer.size:
            writer.write(*buffer.chunks)
        return then(writer)

    def _write_and_sync(self, buffer: Buffer) -> None:
        writer = self._open_writer()
        assert isinstance(writer, PartialFile)  # noqa: S101  for mypy
        writer.write(*buffer.chunks)
        writer.sync()

    def _open_writer(self) -> StagingWriter:
        if self._writer is None:
            self._writer = self._store.stage()
        first, self._first = self._first, None
        if first is not None:
            first()
        return self._writer
