"""Receives a whole file, by PUT or by a form, and acknowledges it."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from django.http import HttpResponse
from django.utils.translation import gettext as _

from mycenas.core.db.database import close_dead_connection
from mycenas.storage import StagingWriter, StorageFailed, Store
from mycenas.uploads.application import Accepted, Backend, UploadHandler
from mycenas.uploads.capacity import DiskQuota, UploadSlots
from mycenas.uploads.chunks import ChunkWriter
from mycenas.uploads.multipart import MultipartForm
from mycenas.uploads.quotas import Quota, RetryLater
from mycenas.uploads.requests import Limits, Request

STORAGE_SECONDS = 60


@dataclass(frozen=True)
class Resources:
    """What all uploads of a process share; ``disk`` are the threads that write."""

    backend: Backend
    store: Store
    disk: Executor
    limits: Limits
    slots: UploadSlots
    quota: DiskQuota


class FileUpload:
    """One file: write its bytes and acknowledge them.

    Without a ``form`` the body is the file itself.
    """

    def __init__(
        self,
        request: Request,
        upload: UploadHandler,
        resources: Resources,
        form: MultipartForm | None = None,
    ) -> None:
        self._body = request.body
        self._upload = upload
        self._resources = resources
        self._form = form
        self._writer = ChunkWriter(resources.store, resources.disk)

    async def receive(self, accepted: Accepted) -> HttpResponse:
        """Read the body to its end; a refusal leaves the rest unread."""
        try:
            return await self._receive(accepted)
        except StorageFailed:
            delay = _storage_failed()
        except RetryLater as refused:
            delay = refused
        finally:
            await self._writer.discard()
        return await self._resources.backend.run(partial(self._upload.delay, delay))

    async def _receive(self, accepted: Accepted) -> HttpResponse:
        limits = self._resources.limits
        self._writer.limit = min(accepted.max_bytes, limits.upload_bytes)
        with ExitStack() as held:
            if accepted.claim:
                space = self._resources.quota.reserve(accepted.claim, self._writer)
                held.callback(space.end)
            slot = await self._resources.slots.acquire()
            held.callback(slot.end)
            if self._form:
                await self._writer.feed(self._form.take())
            while (data := await slot.read(self._body.chunk)) is not None:
                await self._writer.feed(self._file_bytes(data))
            if self._form:
                self._form.finish()
            return await self._complete()

    def _file_bytes(self, data: bytes) -> list[bytes]:
        if self._form is None:
            return [data]
        self._form.feed(data)
        return self._form.take()

    async def _complete(self) -> HttpResponse:
        backend, size = self._resources.backend, self._writer.size
        if self._writer.too_large or not size:
            return await backend.run(partial(self._upload.reject, size))
        return await self._writer.finish(self._commit, backend.commits.executor)

    def _commit(self, writer: StagingWriter) -> HttpResponse:
        """Make the file durable and acknowledge it, in one thread."""
        staged = writer.seal()
        close_dead_connection()
        try:
            return self._upload.complete(staged, None)
        finally:
            # Removes the staged name if the file was not kept.
            writer.discard()


def _storage_failed() -> RetryLater:
    quota = Quota("storage", limit=0, seconds=STORAGE_SECONDS)
    sentence = _(
        "The file could not be stored just now. Nothing of it was kept. Send it again "
        "in %(seconds)s seconds."
    )
    return RetryLater(
        quota, sentence % {"seconds": STORAGE_SECONDS}, code="storage_failed"
    )
