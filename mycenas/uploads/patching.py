"""Receives the bytes of one PATCH and appends them to a partial file (tus 1.0.0).

There is one writer per upload within this process; a stalled one is preempted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext as _

from mycenas.core.db.database import close_dead_connection
from mycenas.core.http.errors import ProblemError
from mycenas.storage import PartialFile, PartialFileLocked, StagingWriter, StorageFailed
from mycenas.uploads.application import Accepted, UploadHandler
from mycenas.uploads.bodies import Disconnected, PendingRead, TooSlow
from mycenas.uploads.capacity import UploadSlot
from mycenas.uploads.chunks import ChunkWriter
from mycenas.uploads.quotas import Quota, RetryLater
from mycenas.uploads.receiving import Resources
from mycenas.uploads.requests import Request
from mycenas.uploads.tus import CHECKSUM_MISMATCH, Checksum

T = TypeVar("T")


class Preempted(Exception):
    """Another connection continues this upload."""


class Lock:
    """Held by the one connection that may write."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        # True once the client is gone and only its bytes have to be made durable.
        self.ending = False
        self._pending: PendingRead | None = None

    async def wait_for(self, read: Awaitable[T]) -> T:
        """Wait for the client; ``Preempted`` if another connection takes over."""
        now = asyncio.get_running_loop().time()
        pending = self._pending = PendingRead(asyncio.current_task(), now)
        try:
            return await read
        except asyncio.CancelledError as error:
            if not pending.cancelled:
                raise
            pending.task.uncancel()
            self.ending = True
            raise Preempted from error
        except Exception:
            self.ending = True
            raise
        finally:
            self._pending = None

    def is_stalled(self, seconds: float) -> bool:
        """Whether no byte has arrived for so long."""
        now = asyncio.get_running_loop().time()
        pending = self._pending
        return pending is not None and now - pending.since >= seconds

    def preempt(self) -> None:
        if self._pending is not None:
            self._pending.cancel()


class UploadLocks:
    """The writers in this process; between processes the file's lock decides."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._locks: dict[str, Lock] = {}

    @asynccontextmanager
    async def hold(self, secret: str) -> AsyncIterator[Lock]:
        """Be the writer of an upload; refused (423) while there is another."""
        await self.release_stalled(secret)
        if secret in self._locks:
            raise locked(self._stall_seconds)
        lock = self._locks[secret] = Lock()
        try:
            yield lock
        finally:
            del self._locks[secret]
            lock.released.set()

    async def release_stalled(self, secret: str) -> None:
        """End a stalled writer, which keeps its bytes; wait for one that is ending."""
        lock = self._locks.get(secret)
        if lock is None:
            return
        if lock.is_stalled(self._stall_seconds):
            lock.preempt()
        elif not lock.ending:
            return
        await lock.released.wait()


def locked(seconds: float) -> ProblemError:
    """The refusal of a second writer (423)."""
    wait = max(1, round(seconds))
    sentence = _(
        "Another connection sends this file just now. Try again in %(seconds)s seconds."
    ) % {"seconds": wait}
    return ProblemError(
        sentence, status=423, code="locked", headers={"Retry-After": str(wait)}
    )


# At most so many bytes are sent again after the process was killed.
CHECKPOINT_BYTES = 4 * 1024 * 1024
STORAGE_SECONDS = 30


class PatchUpload:
    """One PATCH: decide before its bytes, append them, record each durable offset.

    What arrived before a cut is kept, unless the request carries a checksum.
    """

    def __init__(
        self, request: Request, upload: UploadHandler, resources: Resources, lock: Lock
    ) -> None:
        self._request = request
        self._upload = upload
        self._resources = resources
        self._lock = lock
        self._writer = ChunkWriter(resources.store, resources.disk)
        self._part: PartialFile | None = None
        self._accepted = Accepted(0)
        self._durable = 0
        self._checksum = _checksum(request)

    async def receive(self) -> HttpResponse:
        """Read the body to its end; a refusal leaves the rest unread."""
        try:
            refused = await self._resources.backend.run(self._begin)
            return refused or await self._receive()
        except PartialFileLocked as error:
            raise locked(1) from error
        except StorageFailed as error:
            raise _storage_failed() from error
        finally:
            await self._writer.discard()

    def _begin(self) -> HttpResponse | None:
        """Ask for the bytes and open the partial file, in one thread.

        The row was read before the file was locked: another process may have continued.
        If the file's length is not the row's offset, ask again.
        """
        begin = partial(self._upload.begin, self._request.incoming)
        accepted = begin()
        if isinstance(accepted, Accepted):
            self._part = self._resources.store.partial_file(accepted.part)
            self._writer.append_to(self._part, self._begin_part)
            if self._part.found != accepted.offset:
                accepted = begin(self._part.found)
        if not isinstance(accepted, Accepted):
            return accepted
        self._accepted = accepted
        self._durable = accepted.offset
        return None

    def _begin_part(self) -> None:
        if self._part:
            algorithm = self._checksum.algorithm if self._checksum else ""
            self._part.begin(self._accepted.offset, algorithm)

    async def _receive(self) -> HttpResponse:
        claim = self._accepted.claim
        space = self._resources.quota.reserve(claim, self._writer) if claim else None
        try:
            slot = await self._lock.wait_for(self._resources.slots.acquire())
            try:
                return await self._read(slot) or await self._store()
            finally:
                slot.end()
        except (Disconnected, ProblemError, Preempted) as cut:
            await self._keep()
            raise self._refusal(cut) from cut
        finally:
            if space:
                space.end()

    @property
    def _arrived(self) -> int:
        return self._accepted.offset + self._writer.size

    async def _next(self) -> bytes | None:
        return await self._lock.wait_for(self._request.body.chunk())

    async def _read(self, slot: UploadSlot) -> HttpResponse | None:
        """Read to the end of the body, or to a refusal."""
        length = self._accepted.max_bytes
        while (data := await slot.read(self._next)) is not None:
            if self._arrived + len(data) > length:
                sentence = _("More bytes came than the upload has: %(length)s.")
                raise ProblemError(
                    sentence % {"length": f"{length:,}"},
                    status=413,
                    code="beyond_length",
                    length=length,
                )
            await self._writer.feed([data])
            waiting = self._arrived - self._durable
            if waiting >= CHECKPOINT_BYTES and self._arrived < length:
                response = await self._store() if self._checksum is None else None
                if response is not None and response.status_code >= 300:
                    return response
        return None

    async def _store(self) -> HttpResponse:
        """Make durable what arrived and record it; the last byte acknowledges."""
        arrived = self._arrived
        if arrived < self._accepted.max_bytes:
            await self._writer.flush()
            self._check()
            progress = partial(self._upload.progress, self._durable, arrived)
            response = await self._resources.backend.run(progress)
        else:
            commits = self._resources.backend.commits.executor
            response = await self._writer.finish(self._commit, commits)
        if response.status_code < 300:
            self._durable = arrived
        return response

    def _commit(self, writer: StagingWriter) -> HttpResponse:
        """Make the file durable and acknowledge it, in one thread."""
        self._check()
        staged = writer.seal()
        close_dead_connection()
        response = self._upload.complete(staged, self._durable)
        writer.discard()
        return response

    def _check(self) -> None:
        found = self._part.request_digest() if self._part else b""
        if self._checksum is not None and not self._checksum.matches(found):
            sentence = _(
                "The bytes are not those that Upload-Checksum announced. None of this "
                "request was kept. Send them again."
            )
            raise ProblemError(
                sentence, status=CHECKSUM_MISMATCH, code="checksum_mismatch"
            )

    async def _keep(self) -> None:
        """Make durable what arrived before the cut."""
        if self._checksum is None and self._arrived > self._durable:
            await self._store()

    def _refusal(self, cut: Exception) -> Exception:
        if isinstance(cut, Preempted):
            self._request.body.abandon()
            return locked(0)
        if isinstance(cut, TooSlow):
            return TooSlow(
                _(
                    "Too little arrived for a while, so the transfer was ended. What "
                    "came is kept: ask for the upload's offset and continue there."
                )
            )
        return cut


def _checksum(request: Request) -> Checksum | None:
    """What the body must hash to; two checksums are refused as one that is none."""
    found = [value for name, value in request.headers if name == b"upload-checksum"]
    return Checksum.parse(b", ".join(found).decode("latin-1")) if found else None


def _storage_failed() -> RetryLater:
    quota = Quota("storage", limit=0, seconds=STORAGE_SECONDS)
    sentence = _(
        "The bytes could not be stored just now. What was kept before stays. Continue "
        "in %(seconds)s seconds."
    )
    return RetryLater(
        quota, sentence % {"seconds": STORAGE_SECONDS}, code="storage_failed"
    )
