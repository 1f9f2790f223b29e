"""What the gateway asks of the application that owns the uploads.

The gateway streams bytes and knows no table. An application implements `Upload` and
gives the gateway a function that opens one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.core.handlers.wsgi import WSGIRequest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpResponse

from mycenas.core.db.database import close_dead_connection
from mycenas.storage import StagedFile
from mycenas.uploads.disk_quota import DiskClaim
from mycenas.uploads.quotas import RetryLater

# Where a view finds the `FormUpload` of an entry form. Headers of a request only make
# keys that begin with HTTP_.
FORM_KEY = "mycenas.uploads.form"

T = TypeVar("T")


@dataclass
class FormUpload:
    """A multipart form whose fields are complete and whose file has not been read.

    The view that accepts the form sets ``secret`` to that of the upload URL; any other
    response ends the request. ``size`` is the most bytes that the file can have.
    """

    file_name: str
    size: int
    secret: str | None = None


@dataclass(frozen=True)
class Accepted:
    """The file's bytes may come: at most ``max_bytes``.

    For a PATCH the bytes are appended at ``offset`` to the partial file named ``part``.
    """

    max_bytes: int
    claim: DiskClaim | None = None
    offset: int = 0
    part: str = ""


class Upload(Protocol):
    """One request to an upload URL; every method runs in a thread.

    Refusals are responses. For a form, ``complete`` and ``refuse`` lead to pages.
    """

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


# ``file_name`` is None unless the file comes by a form.
OpenUpload = Callable[[WSGIRequest, str, str | None], Upload]


class Backend:
    """The threads in which the application is asked; each has its own connection.

    Lookups have a pool of their own: they never wait behind a disk.
    """

    def __init__(self, open_upload: OpenUpload, *, lookups: int, commits: int) -> None:
        self.open_upload = open_upload
        self._connections: list[BaseDatabaseWrapper] = []
        self._lookups = self._pool(lookups, "uploads-lookup")
        self.commits = self._pool(commits, "uploads-commit")

    async def run(self, act: Callable[[], T]) -> T:
        """Run a lookup in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._lookups, _connected, act)

    async def close(self) -> None:
        await asyncio.to_thread(self._end)

    def _pool(self, threads: int, name: str) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(threads, name, initializer=self._begin_thread)

    def _begin_thread(self) -> None:
        self._connections.append(connections[connection.alias])

    def _end(self) -> None:
        self._lookups.shutdown()
        self.commits.shutdown()
        for one in self._connections:
            one.inc_thread_sharing()
            one.close()


def _connected(act: Callable[[], T]) -> T:
    close_dead_connection()
    return act()
