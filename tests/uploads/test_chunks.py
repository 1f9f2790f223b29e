"""The pump between the event loop and the disk, when things end early."""

from __future__ import annotations

import asyncio
import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from mycenas.storage import StorageFailed, Store
from mycenas.storage.files import Files
from mycenas.uploads.chunks import BUFFER_BYTES, SMALL_BYTES, Buffer, ChunkWriter

BATCH = bytes(BUFFER_BYTES)
TRICKLE = [1, 1, 2, SMALL_BYTES, *[10] * 10]


class Held(Files):
    """Writes only when it is allowed to."""

    def __init__(self):
        super().__init__()
        self.entered = threading.Event()
        self.allowed = threading.Event()

    def write(self, descriptor, pieces):
        self.entered.set()
        assert self.allowed.wait(30)
        return super().write(descriptor, pieces)


class Broken(Files):
    """Cannot write at all."""

    def write(self, *_):
        raise OSError(errno.EIO, "Input/output error")


@contextmanager
def pumping(folder, files):
    store = Store(folder, files)
    with ThreadPoolExecutor(2) as threads:
        yield ChunkWriter(store, threads), store


def test_the_file_is_not_closed_under_a_writing_thread(tmp_path):
    files = Held()

    async def scenario(pump):
        await pump.feed([BATCH])
        waiting = asyncio.create_task(pump.feed([BATCH, BATCH]))
        await asyncio.to_thread(files.entered.wait)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        discarding = asyncio.create_task(pump.discard())
        finished, _ = await asyncio.wait([discarding], timeout=0)
        assert not finished
        files.allowed.set()
        await discarding

    with pumping(tmp_path, files) as (pump, store):
        asyncio.run(scenario(pump))
        assert store.stale_staging(-1) == []


def test_while_a_batch_is_written_a_larger_one_gathers(tmp_path):
    files = Held()

    async def scenario(pump):
        for _ in range(2):
            await pump.feed([BATCH])
        waiting = asyncio.create_task(pump.feed([BATCH]))
        await asyncio.wait([waiting], timeout=0)
        assert not waiting.done()
        files.allowed.set()
        await waiting
        return await pump.finish(lambda writer: writer.seal())

    with pumping(tmp_path, files) as (pump, _):
        assert asyncio.run(scenario(pump)).size == 3 * BUFFER_BYTES


def test_a_trickle_becomes_few_pieces_in_their_order():
    batch, sent = Buffer(), [bytes([n]) * size for n, size in enumerate(TRICKLE)]
    for piece in sent:
        batch.add(piece)
    assert b"".join(batch.chunks) == b"".join(sent)
    assert batch.size == sum(TRICKLE)
    assert [len(piece) for piece in batch.chunks] == [4, SMALL_BYTES, 100]


def test_a_failure_in_the_thread_is_told_once_and_leaves_nothing(tmp_path):
    async def scenario(pump):
        await pump.feed([BATCH])
        with pytest.raises(StorageFailed):
            await pump.finish(lambda writer: writer.seal())
        await pump.discard()

    with pumping(tmp_path, Broken()) as (pump, store):
        asyncio.run(scenario(pump))
        assert store.stale_staging(-1) == []


def test_a_failure_that_nobody_waits_for_is_put_aside(tmp_path):
    async def scenario(pump):
        await pump.feed([BATCH])
        await pump.discard()
        await pump.discard()

    with pumping(tmp_path, Broken()) as (pump, store):
        asyncio.run(scenario(pump))
        assert store.stale_staging(-1) == []


def test_a_partial_file_begins_once_and_in_the_thread_that_writes(tmp_path):
    done: list[str] = []

    async def scenario(pump, store):
        part = store.partial_file("p" * 32)

        def begin():
            done.append(threading.current_thread().name)
            part.begin(0)

        pump.append_to(part, begin)
        assert not done
        await pump.feed([BATCH, BATCH])
        await pump.finish(lambda writer: writer.seal())

    with pumping(tmp_path, Files()) as (pump, store):
        asyncio.run(scenario(pump, store))
    assert len(done) == 1
    assert done[0] != threading.current_thread().name


def test_nothing_is_opened_for_nothing(tmp_path):
    async def scenario(pump):
        await pump.feed([])
        await pump.discard()

    with pumping(tmp_path, Files()) as (pump, _):
        asyncio.run(scenario(pump))
    assert not (tmp_path / "staging").exists()
