"""The pump between the event loop and the disk, when things end early."""

from __future__ import annotations

import asyncio
import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from submissions.intake.pump import BATCH_BYTES, Pump
from submissions.storage import StorageFailed, Store
from submissions.storage.files import Files

BATCH = bytes(BATCH_BYTES)


class Held(Files):
    """Writes only when it is allowed to."""

    def __init__(self):
        self.entered = threading.Event()
        self.allowed = threading.Event()

    def write(self, descriptor, data):
        self.entered.set()
        assert self.allowed.wait(30)
        return super().write(descriptor, data)


class Broken(Files):
    """Cannot write at all."""

    def write(self, *_):
        raise OSError(errno.EIO, "Input/output error")


@contextmanager
def pumping(folder, files):
    store = Store(folder, files)
    with ThreadPoolExecutor(2) as threads:
        yield Pump(store, threads), store


def test_the_file_is_not_closed_under_a_writing_thread(tmp_path):
    files = Held()

    async def scenario(pump):
        await pump.feed([BATCH])
        waiting = asyncio.create_task(pump.feed([BATCH]))
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


def test_nothing_is_opened_for_nothing(tmp_path):
    async def scenario(pump):
        await pump.feed([])
        await pump.discard()

    with pumping(tmp_path, Files()) as (pump, _):
        asyncio.run(scenario(pump))
    assert not (tmp_path / "staging").exists()
