"""A finished response that waits for its reader without holding a thread."""

from __future__ import annotations

import asyncio
import html
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from django.http import HttpResponse
from django.utils.translation import get_language, gettext

from mycenas.core.http.errors import ProblemError, problem_of
from mycenas.uploads.asgi_types import HeaderList, Send

# Responses and forms up to this size stay in memory, larger ones in a file.
MEMORY_BYTES = 1024 * 1024
# How much of a body is handed to the server at once.
CHUNK_BYTES = 256 * 1024
NO_CONTENT = 204

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{sentence}</p>
</main>
</body>
</html>
"""
# For responses that no view has made: they load nothing and are never stored.
PROTECTION = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def spool() -> IO[bytes]:
    """A file for bytes of unknown number; closing it frees them."""
    return tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)


@dataclass
class Response:
    """Status, headers and a body that is read from where it stands."""

    status: int
    headers: HeaderList
    body: IO[bytes]

    @classmethod
    def of(cls, response: HttpResponse) -> Response:
        """The response of the gateway or of an upload; no middleware has seen it."""
        for name, value in PROTECTION.items():
            response[name] = value
        if response.status_code == NO_CONTENT:
            del response["Content-Type"]
        else:
            response["Content-Length"] = str(len(response.content))
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in response.items()
        ]
        return cls(response.status_code, headers, io.BytesIO(response.content))

    @contextmanager
    def open(self) -> Iterator[Response]:
        try:
            yield self
        finally:
            self.body.close()

    async def send(self, send: Send, *, last: bool, without_body: bool) -> None:
        """Hand everything to the server, which waits for the reader.

        ``last`` closes the connection afterwards, for requests not read to their end.
        """
        headers = [*self.headers, (b"connection", b"close")] if last else self.headers
        await send(
            {"type": "http.response.start", "status": self.status, "headers": headers}
        )
        chunk = b"" if without_body else await self._read()
        while chunk:
            following = await self._read()
            if not following:
                break
            await _send_chunk(send, chunk, more=True)
            chunk = following
        await _send_chunk(send, chunk, more=False)

    async def _read(self) -> bytes:
        if isinstance(self.body, io.BytesIO):
            return self.body.read(CHUNK_BYTES)
        return await asyncio.to_thread(self.body.read, CHUNK_BYTES)


async def _send_chunk(send: Send, chunk: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": more})


def refusal_response(refused: ProblemError, *, as_json: bool) -> Response:
    """What the gateway itself answers: problem details (RFC 9457) or a plain page."""
    if as_json:
        return Response.of(problem_of(refused))
    page = _PAGE.format(
        language=html.escape(get_language() or "en"),
        title=html.escape(gettext("This could not be accepted")),
        sentence=html.escape(str(refused.sentence)),
    )
    return Response.of(
        HttpResponse(page, status=refused.status, headers=refused.headers)
    )
