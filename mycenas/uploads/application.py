"""Asks the application, in threads: pages by WSGI, uploads by an `UploadHandler`.

The gateway streams bytes and knows no table. An application implements the protocol
`UploadHandler` and gives the gateway a function that opens one.

A request's body is complete before a thread runs its view, and the response is
collected before it is sent, so neither a slow client nor a slow reader holds a thread.
Pages that stream without end are therefore not possible.
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
from typing import IO, Protocol, TypeVar

from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpResponse

from mycenas.core.db.database import close_dead_connection
from mycenas.storage import StagedFile
from mycenas.uploads.asgi_types import Environ, HeaderList, WSGIApplication
from mycenas.uploads.capacity import DiskClaim
from mycenas.uploads.quotas import RetryLater
from mycenas.uploads.responses import CHUNK_BYTES, MEMORY_BYTES, Response, spool

T = TypeVar("T")

# Where a view finds the `FormUpload` of an entry form. Headers of a request only make
# keys that begin with HTTP_.
FORM_KEY = "mycenas.uploads.form"


@dataclass(frozen=True)
class Accepted:
    """The file's bytes may come: at most ``max_bytes``.

    For a PATCH the bytes are appended at ``offset`` to the partial file named ``part``.
    """

    max_bytes: int
    claim: DiskClaim | None = None
    offset: int = 0
    part: str = ""


@dataclass
class FormUpload:
    """A multipart form whose fields are complete and whose file has not been read.

    The view that accepts the form sets ``upload``, which has begun, and ``accepted``;
    any other response ends the request. ``size`` is the most bytes that the file can
    have, ``max_bytes`` the competition's limit, which the view sets once it is known.
    """

    file_name: str
    size: int
    max_bytes: int | None = None
    upload: UploadHandler | None = None
    accepted: Accepted | None = None


class UploadHandler(Protocol):
    """One request to an upload URL; every method runs in a thread.

    Refusals are responses. For a form, ``complete`` and ``reject`` lead to pages.
    """

    # The competition's limit for a file, once a request to a found upload was refused.
    max_bytes: int | None

    def respond(self) -> HttpResponse:
        """Answer a request that brings no bytes."""

    def begin(
        self, length: int | None, found: int | None = None
    ) -> Accepted | HttpResponse:
        """Decide before the bytes. ``length`` is how many come at most, if known.

        ``found`` is how many bytes the partial file has, once that is known.
        """

    def progress(self, before: int, now: int) -> HttpResponse:
        """``now`` bytes are durable where ``before`` were."""

    def complete(self, staged: StagedFile, before: int | None) -> HttpResponse:
        """The whole file is durable: acknowledge it. ``before`` as in `progress`."""

    def reject(self, size: int) -> HttpResponse:
        """The file has ``size`` bytes: none, or too many. It was not kept."""

    def delay(self, refused: RetryLater) -> HttpResponse:
        """The gateway cannot take the bytes now."""


# Takes a request and the secret of its URL.
OpenUpload = Callable[[WSGIRequest, str], UploadHandler]


class Threads:
    """A fixed number of threads; each has its own database connection."""

    def __init__(self, number: int, name: str) -> None:
        self._connections: list[BaseDatabaseWrapper] = []
        self.executor = ThreadPoolExecutor(number, name, initializer=self._begin)

    async def run(self, act: Callable[[], T]) -> T:
        """Run ``act`` in a thread whose connection is alive."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, _connected, act)

    async def close(self) -> None:
        """Wait for what runs, and close the connections."""
        await asyncio.to_thread(self._end)

    def _begin(self) -> None:
        self._connections.append(connections[connection.alias])

    def _end(self) -> None:
        self.executor.shutdown()
        for one in self._connections:
            one.inc_thread_sharing()
            one.close()


def _connected(act: Callable[[], T]) -> T:
    close_dead_connection()
    return act()


class Backend:
    """What answers for uploads.

    Lookups have threads of their own: they never wait behind a file that is written.
    """

    def __init__(self, open_upload: OpenUpload, *, lookups: int, commits: int) -> None:
        self.open_upload = open_upload
        self.lookups = Threads(lookups, "uploads-lookup")
        self.commits = Threads(commits, "uploads-commit")

    async def run(self, act: Callable[[], T]) -> T:
        """Run a lookup."""
        return await self.lookups.run(act)

    async def close(self) -> None:
        await self.lookups.close()
        await self.commits.close()


class Pages:
    """The site's WSGI application and its threads."""

    def __init__(self, application: WSGIApplication, threads: int) -> None:
        self._application = application
        self.threads = Threads(threads, "pages")

    async def respond(self, environ: Environ) -> Response:
        """Run one request in a thread; the caller closes its body and the response."""
        return await self.threads.run(lambda: self._respond(environ))

    def _respond(self, environ: Environ) -> Response:
        environ["wsgi.file_wrapper"] = _FileResponse
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
