"""How much is read of a body that was refused: as much as a file may have."""

from __future__ import annotations

from typing import Any

import pytest

from competitions.models import Competition
from mycenas.uploads.requests import Limits
from tests.protocol.raw.sending import part, take_ticket
from tests.protocol.tus.serving import MEBIBYTE, Reply, Sender
from tests.protocol.tus.world import contest

LIMIT = 2 * MEBIBYTE
# What a form may have beside its file.
OVERHEAD = Limits(upload_bytes=LIMIT).overhead_bytes
# What the system's buffers hold, and the gateway reads at once.
SLACK = 8 * MEBIBYTE


@pytest.fixture
def place() -> Competition:
    return contest(max_megabytes=2)


def accepted(ada: Sender, head: bytes, opening: bytes, size: int) -> int:
    """How many bytes of ``size`` the site takes until it closes."""
    with ada.connection() as line:
        line.sendall(head + opening)
        sent = len(opening)
        try:
            while sent < size:
                sent += line.send(bytes(min(size - sent, 64 * 1024)))
        except (BrokenPipeError, ConnectionResetError):
            return sent
        reply = Reply(line, "POST")
        assert reply.status in (413, 422), reply.body
    return sent


def put_of(ada: Sender, place: Competition, size: int) -> tuple[bytes, bytes]:
    """A PUT that is larger than its competition takes."""
    head = ada.head("PUT", take_ticket(ada, place), Content_Length=str(size))
    return head, b""


def form_of(ada: Sender, place: Competition, size: int) -> tuple[bytes, bytes]:
    """A form whose fields are not valid, with its file."""
    fields = {"title": "", "idempotency_key": "form-key-1"}
    opening = b"".join(part(f'name="{n}"', t.encode()) for n, t in fields.items())
    file = part('name="file"; filename="a.jpg"', b"\xff\xd8" * 2000)
    said: dict[str, Any] = {
        "Accept": "application/json",
        "Content_Length": str(size),
        "Content_Type": "multipart/form-data; boundary=edge",
    }
    head = ada.head("POST", f"/competitions/{place.slug}/enter/", **said)
    return head, opening + file.removesuffix(b"\r\n")


@pytest.mark.parametrize("way", [put_of, form_of])
def test_the_rest_of_a_refused_body_is_bounded_by_the_competition(way, ada, place):
    size = 64 * MEBIBYTE
    head, opening = way(ada, place, size)
    taken = accepted(ada, head, opening, size)
    assert LIMIT < taken < LIMIT + OVERHEAD + SLACK


@pytest.mark.parametrize("way", [put_of, form_of])
def test_a_refused_file_within_the_bound_is_answered(way, ada, place):
    size = LIMIT + OVERHEAD // 2
    head, opening = way(ada, place, size)
    assert accepted(ada, head, opening, size) == size


def test_where_no_competition_is_known_the_bound_is_the_sites():
    assert Limits(upload_bytes=LIMIT).drain_bytes == 256 * MEBIBYTE
