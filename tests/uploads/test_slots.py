"""The door's capacity, on a clock of its own: nothing here waits for time to pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from mycenas.uploads.capacity import SLOW_CLIENT_SECONDS, UploadSlot, UploadSlots
from mycenas.uploads.quotas import RetryLater
from mycenas.uploads.requests import Limits

GENEROUS = 1000.0


class OwnTime(asyncio.SelectorEventLoop):
    """Whenever everybody waits, it is at once the time that the first waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        real = self._selector.select  # type: ignore[attr-defined]

        def select(timeout: float | None) -> Any:
            self.now += timeout or 0
            return real(0)

        self._selector.select = select  # type: ignore[attr-defined]

    def time(self) -> float:
        return self.now


def run(scenario: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=OwnTime) as runner:
        return runner.run(scenario())


def flow(**limits: Any) -> UploadSlots:
    told = {"queue_seconds": GENEROUS, "queue_length": 10, **limits}
    return UploadSlots(Limits(upload_bytes=1, **told))


def now() -> float:
    return asyncio.get_running_loop().time()


async def chunk(size: int = 1, *, after: float = 0) -> bytes:
    """What a sender brings, who takes so many seconds for it."""
    if after:
        await asyncio.sleep(after)
    return bytes(size)


async def settled() -> None:
    """Let everybody run until they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


# --- files


def test_files_wait_for_their_turn_in_order_of_arrival():
    async def scenario():
        door, order = flow(files_at_once=2), []

        async def come(name: str) -> UploadSlot:
            turn = await door.acquire()
            order.append(name)
            return turn

        coming = [asyncio.ensure_future(come(name)) for name in "abcd"]
        await settled()
        assert (order, door.waiting) == (["a", "b"], 2)
        coming[1].result().end()
        await settled()
        coming[0].result().end()
        await asyncio.gather(*coming)
        assert order == ["a", "b", "c", "d"]
        assert door.waiting == 0

    run(scenario)


def test_a_turn_that_ends_twice_is_given_once():
    async def scenario():
        door = flow(files_at_once=1, queue_length=0)
        turn = await door.acquire()
        turn.end()
        turn.end()
        await door.acquire()
        with pytest.raises(RetryLater):
            await door.acquire()

    run(scenario)


def test_beyond_the_queue_length_one_is_asked_to_come_again():
    async def scenario():
        door = flow(files_at_once=1, queue_length=1)
        await door.acquire()
        waiting = asyncio.ensure_future(door.acquire())
        await settled()
        with pytest.raises(RetryLater) as refusal:
            await door.acquire()
        headers = refusal.value.headers
        assert refusal.value.status == 503
        assert GENEROUS / 2 <= int(headers["Retry-After"]) <= GENEROUS * 3 / 2
        policy = '"files";q=1;qu="concurrent-requests"'
        assert headers["RateLimit-Policy"] == policy
        assert headers["RateLimit"].startswith('"files";r=0;t=')
        waiting.cancel()

    run(scenario)


def test_nobody_waits_longer_than_is_bearable():
    async def scenario():
        door = flow(files_at_once=1, queue_seconds=5)
        turn = await door.acquire()
        with pytest.raises(RetryLater):
            await door.acquire()
        assert (now(), door.waiting) == (5, 0)
        turn.end()
        await door.acquire()

    run(scenario)


def test_who_leaves_the_queue_length_takes_no_place_along():
    async def scenario():
        door = flow(files_at_once=1)
        turn = await door.acquire()
        leaving = asyncio.ensure_future(door.acquire())
        await settled()
        leaving.cancel()
        await settled()
        assert door.waiting == 0
        turn.end()
        await door.acquire()

    run(scenario)


# --- slow lines


def test_a_sender_who_lets_us_wait_makes_room_at_once():
    async def scenario():
        door = flow(files_at_once=1)
        slow = await door.acquire()
        reading = asyncio.ensure_future(slow.read(lambda: chunk(after=20)))
        await door.acquire()
        assert now() == SLOW_CLIENT_SECONDS
        assert await reading == bytes(1)
        slow.end()

    run(scenario)


def test_many_short_waits_make_a_slow_sender():
    async def scenario():
        door = flow(files_at_once=1)
        turn = await door.acquire()
        for _ in range(20):
            await turn.read(lambda: chunk(after=SLOW_CLIENT_SECONDS / 8))
        assert not turn.is_held

    run(scenario)


def test_who_is_faster_than_we_are_keeps_the_place():
    async def scenario():
        door = flow(files_at_once=1, bytes_per_second=10)
        turn = await door.acquire()
        for _ in range(100):
            await turn.read(chunk)
        assert turn.is_held
        assert now() >= 9

    run(scenario)


def test_nine_hundred_slow_phones_all_come_in_beside_a_fast_file():
    async def scenario():
        door = flow(files_at_once=32, queue_length=1000, queue_seconds=30)

        async def phone() -> None:
            turn = await door.acquire()
            for _ in range(10):
                await turn.read(lambda: chunk(15_000, after=1))
            turn.end()

        phones = [asyncio.ensure_future(phone()) for _ in range(900)]
        await asyncio.sleep(10)
        turn = await door.acquire()
        assert turn.is_held
        await asyncio.gather(*phones)

    run(scenario)


# --- bytes


def test_bytes_come_at_the_agreed_rate_and_are_shared():
    async def scenario():
        door = flow(files_at_once=4, bytes_per_second=1000)
        ends: list[float] = []

        async def send() -> None:
            turn = await door.acquire()
            for _ in range(10):
                await turn.read(lambda: chunk(100))
            turn.end()
            ends.append(now())

        await asyncio.gather(*[send() for _ in range(4)])
        # 4,000 bytes, but for what was read and is not paid for yet.
        assert 3.5 <= max(ends) <= 4
        assert max(ends) - min(ends) <= 0.5

    run(scenario)


def test_idle_time_is_not_saved_up():
    async def scenario():
        door = flow(files_at_once=1, bytes_per_second=1000)
        await asyncio.sleep(100)
        turn = await door.acquire()
        for _ in range(10):
            await turn.read(lambda: chunk(500))
        assert now() >= 104

    run(scenario)


def test_without_a_rate_nobody_waits_for_bytes():
    async def scenario():
        turn = await flow(files_at_once=1).acquire()
        for _ in range(100):
            await turn.read(lambda: chunk(1_000_000))
        assert now() == 0

    run(scenario)
