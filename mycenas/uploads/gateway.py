"""The ASGI application: uploads are streamed, every other request is a Django page.

Bytes never hold a thread. Every body is read on the event loop; a file is streamed to
staging, any other body is collected first. Only then a thread runs the view. A body
that was cut off never reaches a view.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import IO
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.storage import PartialFileLocked, Store
from mycenas.uploads.application import (
    FORM_KEY,
    Accepted,
    Backend,
    FormUpload,
    Pages,
    UploadHandler,
)
from mycenas.uploads.asgi_types import Environ, Receive, Scope, Send, WSGIApplication
from mycenas.uploads.bodies import Disconnected
from mycenas.uploads.capacity import DiskQuota, UploadSlots
from mycenas.uploads.conditions import (
    SAFE,
    check_conditions,
    check_expectations,
    words,
)
from mycenas.uploads.multipart import FormFields, MultipartForm, boundary_of
from mycenas.uploads.patching import PatchUpload, UploadLocks, locked
from mycenas.uploads.receiving import FileUpload, Resources
from mycenas.uploads.requests import UPLOAD, Limits, Request
from mycenas.uploads.responses import (
    MEMORY_BYTES,
    Response,
    refusal_response,
    spool,
)
from mycenas.uploads.tus import VERSION
from mycenas.uploads.whole import (
    check_body_headers,
    check_stated_size,
    partial_content,
)

logger = logging.getLogger(__name__)

# Forms whose file is streamed.
ENTER = re.compile(r"/competitions/[-\w]+/enter/", re.ASCII)
FORM_TYPE = b"application/x-www-form-urlencoded"
DISK_THREADS = 4
# The URL of an upload is a secret: no cache keeps a response, no referrer passes it on.
SECRET = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
]
_SECRET_NAMES = frozenset(name for name, _value in SECRET)


class UploadGateway:
    """An ASGI application around a WSGI application.

    ``uploads_now`` counts the requests with a file that are being answered.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        backend: Backend,
        store: Store,
        limits: Limits,
        form: FormFields,
        threads: int = 8,
    ) -> None:
        self.uploads_now = 0
        self.slots = UploadSlots(limits)
        self.locks = UploadLocks(limits.stall_seconds)
        self._limits = limits
        self._form_fields = form
        self._pages = Pages(application, threads)
        self._disk = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="disk")
        self._resources = Resources(
            backend=backend,
            store=store,
            disk=self._disk,
            limits=limits,
            slots=self.slots,
            quota=DiskQuota(),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive, self._limits)
            with suppress(Disconnected), closing(request.body):
                await self._serve(request, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pages.threads.close()
        await self._resources.backend.close()
        await asyncio.to_thread(self._disk.shutdown)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, request: Request, send: Send) -> None:
        with (await self._safe_response(request)).open() as response:
            if request.is_tus:
                _keep_secret(request, response)
            # A client that waits for "100 Continue" has not sent its body.
            whole = not request.waits_for_continue and await request.body.drain(
                request.drain_bytes
            )
            await response.send(
                send,
                last=not whole and request.speaks_http1,
                without_body=request.method == "HEAD",
            )

    async def _safe_response(self, request: Request) -> Response:
        try:
            return await self._respond(request)
        except ProblemError as found:
            refused = found
        except Disconnected:
            raise
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            sentence = _(
                "Something went wrong on our side. It has been noted. Try again in a "
                "moment."
            )
            refused = ProblemError(sentence, status=500, code="failed")
        return refusal_response(refused, as_json=request.wants_json)

    async def _respond(self, request: Request) -> Response:
        request.check_length()
        request.check_type()
        check_expectations(request.headers)
        check_body_headers(request.method, request.headers)
        upload = UPLOAD.fullmatch(request.path)
        if upload:
            with self._counted():
                return Response.of(await self._upload(request, upload[1]))
        if request.method not in SAFE:
            check_conditions(words(request.headers))
        entering = request.method == "POST" and ENTER.fullmatch(request.path)
        if entering and request.is_multipart:
            with self._counted():
                return await self._form(request)
        if request.body.finished or request.is_tus:
            return await self._pages.respond(request.environ(io.BytesIO(), 0))
        return await self._page(request)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.uploads_now += 1
        try:
            yield
        finally:
            self.uploads_now -= 1

    # --- uploads

    async def _upload(self, request: Request, secret: str) -> HttpResponse:
        django_request = WSGIRequest(request.environ(io.BytesIO(), 0))
        upload = self._resources.backend.open_upload(django_request, secret)
        try:
            return await self._answer(request, secret, upload)
        finally:
            request.bound_drain(upload.max_bytes)

    async def _answer(
        self, request: Request, secret: str, upload: UploadHandler
    ) -> HttpResponse:
        locks = self.locks
        if request.method in ("PUT", "PATCH") and request.scope["query_string"]:
            # The address has none; other protocols name the number of a part there.
            raise partial_content()
        if request.method == "PUT":
            request.check_upload(self._limits)
            check_stated_size(request.headers, request.declared or 0)
            begin = partial(upload.begin, request.declared or 0)
            accepted = await self._resources.backend.run(begin)
            if not isinstance(accepted, Accepted):
                return accepted
            return await FileUpload(request, upload, self._resources).receive(accepted)
        if request.method == "PATCH":
            check_stated_size(request.headers, None)
            async with locks.hold(secret) as lock:
                patch = PatchUpload(request, upload, self._resources, lock)
                return await patch.receive()
        if request.method == "DELETE":
            async with locks.hold(secret):
                return await self._terminate(upload)
        await locks.release_stalled(secret)
        return await self._resources.backend.run(upload.respond)

    async def _terminate(self, upload: UploadHandler) -> HttpResponse:
        try:
            return await self._resources.backend.run(upload.respond)
        except PartialFileLocked as error:
            raise locked(1) from error

    async def _form(self, request: Request) -> Response:
        """Ask Django once, when the fields are complete; then receive the file."""
        request.check_upload(self._limits)
        check_stated_size(request.headers, None)
        if request.header(b"upload-length") or request.header(b"upload-offset"):
            raise partial_content()
        boundary = boundary_of(request.header(b"content-type"))
        form = MultipartForm(boundary, self._form_fields)
        while not form.file_begun and (data := await request.body.chunk()) is not None:
            form.feed(data)
        if not form.file_begun:
            form.finish()
            return await self._pages.respond(_form_environ(request, form))
        # The most that the file can have: what is left, and what was read with it.
        left = (request.declared or 0) - request.body.received
        question = FormUpload(form.file_name, left + form.buffered)
        environ = _form_environ(request, form) | {FORM_KEY: question}
        response = await self._pages.respond(environ)
        request.bound_drain(question.max_bytes)
        if question.upload is None or question.accepted is None:
            return response
        response.body.close()
        receiver = FileUpload(request, question.upload, self._resources, form)
        return Response.of(await receiver.receive(question.accepted))

    # --- any other body

    async def _page(self, request: Request) -> Response:
        if (request.declared or 0) > self._limits.form_bytes:
            raise self._form_too_large()
        with spool() as body:
            await self._collect(request, body)
            size = body.tell()
            body.seek(0)
            return await self._pages.respond(request.environ(body, size))

    async def _collect(self, request: Request, body: IO[bytes]) -> None:
        while (data := await request.body.chunk()) is not None:
            if request.body.received > self._limits.form_bytes:
                raise self._form_too_large()
            if request.body.received > MEMORY_BYTES:
                await asyncio.to_thread(body.write, data)
            else:
                body.write(data)

    def _form_too_large(self) -> ProblemError:
        limit = self._limits.form_bytes
        sentence = _(
            "The form has more than %(limit)s bytes. Send less at once, or a smaller "
            "file."
        ) % {"limit": f"{limit:,}"}
        return ProblemError(sentence, status=413, code="form_too_large", limit=limit)


def _form_environ(request: Request, form: MultipartForm) -> Environ:
    """A request with the form's fields alone."""
    fields = urlencode(form.fields).encode("ascii")
    return request.environ(io.BytesIO(fields), len(fields), FORM_TYPE)


def _keep_secret(request: Request, response: Response) -> None:
    response.headers = [
        *(header for header in response.headers if header[0] not in _SECRET_NAMES),
        *SECRET,
    ]
    if request.method != "PUT":
        response.headers.append((b"tus-resumable", VERSION.encode()))
