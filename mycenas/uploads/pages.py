"""Runs the site's WSGI application in a fixed pool of threads.

The request's body is complete before a thread is taken, and the response is collected
before it is sent, so neither a slow client nor a slow reader holds a thread. Pages that
stream without end are therefore not possible.
"""

from __future__ import annotations

import asyncio
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

from mycenas.core.db.database import close_dead_connection
from mycenas.uploads.asgi_types import Environ, HeaderList, WSGIApplication
from mycenas.uploads.responses import CHUNK_BYTES, MEMORY_BYTES, Response, spool


class Pages:
    """The application and its threads; ``close`` waits for running requests."""

    def __init__(self, application: WSGIApplication, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "pages")

    async def respond(self, environ: Environ) -> Response:
        """Run one request in a thread; the caller closes its body and the response."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._respond, environ)

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)

    def _respond(self, environ: Environ) -> Response:
        environ["wsgi.file_wrapper"] = _FileResponse
        close_dead_connection()
        collected = _Collected()
        with ExitStack() as undo:
            undo.callback(lambda: collected.body.close())
            with ExitStack() as response:
                result = self._application(environ, collected.start_response)
                response.callback(getattr(result, "close", lambda: None))
                collected.read(result)
            undo.pop_all()
        return Response(collected.status, collected.headers, collected.body)


@dataclass
class _FileResponse:
    """`wsgi.file_wrapper`: a response that is a file on disk."""

    file: IO[bytes]
    block_size: int = CHUNK_BYTES

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(CHUNK_BYTES), b"")

    def close(self) -> None:
        self.file.close()

    def reopened(self) -> IO[bytes] | None:
        """The same file at the same position, to be read after ours is closed."""
        if not isinstance(self.file, io.BufferedReader | io.FileIO):
            return None
        if not stat.S_ISREG(os.fstat(self.file.fileno()).st_mode):
            return None
        position = self.file.tell()
        copy = os.fdopen(os.dup(self.file.fileno()), "rb", buffering=0)
        copy.seek(position)
        return copy


@dataclass
class _Collected:
    """What the application answers, collected inside its thread."""

    status: int = 500
    headers: HeaderList = field(default_factory=list)
    body: IO[bytes] = field(default_factory=spool)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], _error: object = None
    ) -> Callable[[bytes], object]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [
            (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1"))
            for name, value in headers
        ]
        return self.body.write

    def read(self, result: Iterable[bytes]) -> None:
        if isinstance(result, _FileResponse) and (copy := result.reopened()):
            self.body.close()
            self.body = copy
            return
        for chunk in result:
            self.body.write(chunk)
        self._rewind()

    def _rewind(self) -> None:
        """Keep a small body in memory, so that sending it takes no thread."""
        size = self.body.tell()
        self.body.seek(0)
        if size <= MEMORY_BYTES:
            with self.body as file:
                self.body = io.BytesIO(file.read())
