"""A finished response that waits for its reader without holding a thread."""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from submissions.intake.asgi_types import HeaderList, Send
from submissions.intake.signals import INTERNAL

# Responses and forms up to this size stay in memory, larger ones in a file.
MEMORY_BYTES = 1024 * 1024
# How much of a body is handed to the server at once.
PIECE_BYTES = 256 * 1024

_INTERNAL = INTERNAL.lower().encode("ascii")


def spool() -> IO[bytes]:
    """A place for bytes of unknown size; closing it frees them."""
    return tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)


@dataclass
class Answer:
    """Status, headers and a body that is read from where it stands."""

    status: int
    headers: HeaderList
    body: IO[bytes]

    @classmethod
    def of_bytes(cls, status: int, headers: HeaderList, body: bytes) -> Answer:
        return cls(status, headers, io.BytesIO(body))

    def header(self, name: str) -> str:
        """The first value of a header; '' when it is not there."""
        wanted = name.lower().encode("ascii")
        values = (value for key, value in self.headers if key == wanted)
        return next(values, b"").decode("latin-1")

    @contextmanager
    def open(self) -> Iterator[Answer]:
        try:
            yield self
        finally:
            self.body.close()

    async def send(self, send: Send, *, last: bool, without_body: bool) -> None:
        """Hand everything to the server; it waits for the reader, we hold no thread.

        ``last`` closes the connection afterwards, for requests not read to their end.
        """
        headers = [
            (name, value)
            for name, value in self.headers
            if not name.startswith(_INTERNAL)
        ]
        if last:
            headers.append((b"connection", b"close"))
        await send(
            {"type": "http.response.start", "status": self.status, "headers": headers}
        )
        piece = b"" if without_body else await self._read()
        while piece:
            following = await self._read()
            if not following:
                break
            await _send_piece(send, piece, more=True)
            piece = following
        await _send_piece(send, piece, more=False)

    async def _read(self) -> bytes:
        if isinstance(self.body, io.BytesIO):
            return self.body.read(PIECE_BYTES)
        return await asyncio.to_thread(self.body.read, PIECE_BYTES)


async def _send_piece(send: Send, piece: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": more})
