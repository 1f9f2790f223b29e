"""Bodies as servers hand them over, the careless ones included."""

from __future__ import annotations

import asyncio

import pytest

from mycenas.core.http.errors import ProblemError
from mycenas.uploads.bodies import Body, Disconnected

GONE = {"type": "http.disconnect"}


def piece(data: bytes, *, more: bool = True) -> dict:
    return {"type": "http.request", "body": data, "more_body": more}


def body_of(
    *messages: dict,
    declared: int | None = None,
    idle_seconds: float = 30,
    slow_seconds: float = 60,
    slow_bytes: int = 1,
) -> Body:
    waiting = list(messages)

    async def receive():
        if waiting:
            return waiting.pop(0)
        return await asyncio.Future()

    return Body(
        receive,
        declared=declared,
        idle_seconds=idle_seconds,
        slow_seconds=slow_seconds,
        slow_bytes=slow_bytes,
    )


async def read(body: Body) -> bytes:
    read = b""
    while (data := await body.chunk()) is not None:
        read += data
    return read


def test_a_body_is_read_to_its_end():
    messages = [piece(b""), piece(b"one"), piece(b"two", more=False)]
    assert asyncio.run(read(body_of(*messages, declared=6))) == b"onetwo"
    assert asyncio.run(read(body_of(*messages))) == b"onetwo"


def test_no_body_asks_for_nothing():
    assert asyncio.run(read(body_of(declared=0))) == b""


@pytest.mark.parametrize(
    "messages",
    [
        [piece(b"short", more=False)],
        [piece(b"too long by far")],
        [piece(b"exactly 10"), piece(b"!", more=False)],
        [piece(b"", more=False)],
    ],
)
def test_a_cut_off_body_that_is_called_whole_is_refused(messages):
    with pytest.raises(ProblemError) as refusal:
        asyncio.run(read(body_of(*messages, declared=10)))
    assert refusal.value.code == "wrong_length"
    assert refusal.value.members["declared"] == 10


def test_a_client_that_goes_is_noticed():
    with pytest.raises(Disconnected):
        asyncio.run(read(body_of(piece(b"one"), GONE)))
    with pytest.raises(Disconnected):
        asyncio.run(body_of(piece(b"one"), GONE).drain(100))


def test_silence_ends_the_wait():
    async def scenario():
        body = body_of(piece(b"one"), idle_seconds=0)
        with pytest.raises(ProblemError) as refusal:
            await read(body)
        assert refusal.value.status == 408
        assert not await body.drain(100)

    asyncio.run(scenario())


def test_a_trickle_ends_though_it_never_falls_silent():
    async def scenario():
        body = body_of(*[piece(b"x")] * 5, slow_seconds=0, slow_bytes=2)
        with pytest.raises(ProblemError) as refusal:
            await read(body)
        assert (refusal.value.status, refusal.value.code) == (408, "too_slow")
        assert refusal.value.members["limit"] == 2
        assert body.received == 1
        assert not await body.drain(100)

    asyncio.run(scenario())


def test_a_short_body_may_take_its_time():
    body = body_of(piece(b"x", more=False), slow_seconds=0, slow_bytes=2)
    assert asyncio.run(read(body)) == b"x"


def test_a_line_that_keeps_up_is_never_cut():
    pieces = [*[piece(b"xx")] * 5, piece(b"", more=False)]
    body = body_of(*pieces, slow_seconds=0, slow_bytes=2)
    assert asyncio.run(read(body)) == b"xx" * 5


def test_draining_has_an_end():
    pieces = [piece(bytes(10))] * 5
    assert not asyncio.run(body_of(*pieces).drain(35))
    assert asyncio.run(body_of(*pieces, piece(b"", more=False)).drain(100))
