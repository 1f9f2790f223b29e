"""The door: an ASGI application before the site's ordinary WSGI application.

Bytes never hold a thread. Every body is read on the event loop; a form with an entry's
file is streamed to staging, any other body is gathered first. Only then a thread runs
the page, and what it answers waits outside for a slow reader. Bodies that were cut off
never reach a page.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import IO

from mycenas.storage import StagedFile, Store
from submissions.intake import whole
from submissions.intake.answers import MEMORY_BYTES, Answer, spool
from submissions.intake.asgi_types import HeaderList, Receive, Scope, Send
from submissions.intake.bodies import Disconnected
from submissions.intake.express.lane import Host, Lane, Page
from submissions.intake.flow import Flow
from submissions.intake.handover import ENVIRON_KEY, Inside, Intake, WSGIApplication
from submissions.intake.multipart import Form, boundary_of
from submissions.intake.pump import Pump
from submissions.intake.raw import RawFile, is_raw
from submissions.intake.refusals import Refusals, TurnedAway, gettext_noop
from submissions.intake.requests import Limits, Request
from submissions.intake.tus.door import RESUMABLE, Tus
from submissions.intake.tus.paths import is_tus
from submissions.intake.upload import Reader, Upload, check_upload_headers

__all__ = ["ENVIRON_KEY", "Door", "Intake"]

logger = logging.getLogger(__name__)

# Forms whose file is streamed.
ENTER = re.compile(r"/competitions/[-\w]+/enter/", re.ASCII)
# Where arrivals are recorded: nobody may have to wait for that.
TICKETS = re.compile(r"/competitions/[-\w]+/tickets/", re.ASCII)
DISK_THREADS = 4
# The address of an upload is a secret, so nothing keeps an answer or passes it on.
SECRET = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
]
_SECRET_NAMES = frozenset(name for name, _value in SECRET)

FORM_TOO_LARGE = gettext_noop(
    "The form has more than %(limit)s bytes. Send less at once, or a smaller file."
)
FAILED = gettext_noop(
    "Something went wrong on our side. It has been noted. Try again in a moment."
)


class Door:
    """Give it the WSGI application; serve it by any ASGI server.

    ``uploads_now`` counts files on their way in. ``lane`` is for plain uploads that
    need not visit the application.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        store: Store,
        limits: Limits,
        threads: int = 8,
        refusals: Refusals | None = None,
        lane: Lane | None = None,
    ) -> None:
        self.uploads_now = 0
        self._store = store
        self._limits = limits
        self._inside = Inside(application, threads)
        self._refusals = refusals or Refusals()
        self._disk = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="disk")
        self._flow = Flow(limits)
        self._lane = lane or Lane()
        self._tus = Tus(self._inside, store, self._disk, limits, self._flow, self._lane)

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
        await self._inside.close()
        await self._lane.close()
        await asyncio.to_thread(self._disk.shutdown)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, request: Request, send: Send) -> None:
        with (await self._safe_answer(request)).open() as answer:
            if is_tus(request.path):
                answer.headers = [*_public(answer.headers), *SECRET]
                if not is_raw(request):
                    answer.headers.append(RESUMABLE)
            # Who asked first gets the answer without sending a refused body.
            whole = not request.waits_for_continue and await request.body.drain(
                self._limits.drain_bytes
            )
            await answer.send(
                send,
                last=not whole and request.speaks_http1,
                without_body=request.method == "HEAD",
            )

    async def _safe_answer(self, request: Request) -> Answer:
        try:
            return await self._answer(request)
        except TurnedAway as refusal:
            turned_away = refusal
        except Disconnected:
            raise
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            turned_away = TurnedAway(500, "failed", FAILED)
        return self._refusals.answer(turned_away, as_json=request.wants_json)

    async def _answer(self, request: Request) -> Answer:
        request.check_length()
        request.check_type()
        whole.check_request(request.method, request.headers)
        if is_raw(request):
            whole.check_put(request.headers, request.declared)
            return await self._take_upload(request, RawFile())
        if is_tus(request.path):
            with self._counted():
                return await self._tus.answer(request)
        if self._carries_entry(request):
            boundary = boundary_of(request.header(b"content-type"))
            return await self._take_upload(request, Form(boundary))
        if request.body.finished:
            return await self._inside.ask(request.scope, io.BytesIO())
        return await self._take_form(request)

    # --- a file

    def _carries_entry(self, request: Request) -> bool:
        entering = request.method == "POST" and ENTER.fullmatch(request.path)
        return bool(entering) and request.is_multipart

    async def _take_upload(self, request: Request, reader: Reader) -> Answer:
        check_upload_headers(request, self._limits)
        pump = Pump(self._store, self._disk)
        page = Host(self._inside, self._lane)
        upload = Upload(request, reader, page, pump, self._limits, self._flow)
        with self._counted():
            return await upload.answer(self._keep_out)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.uploads_now += 1
        try:
            yield
        finally:
            self.uploads_now -= 1

    def _keep_out(self, staged: StagedFile) -> None:
        """Remove a staged file that the page did not keep."""
        self._disk.submit(staged.path.unlink, missing_ok=True)

    # --- any other body

    async def _take_form(self, request: Request) -> Answer:
        if (request.declared or 0) > self._limits.form_bytes:
            raise self._form_too_large()
        with spool() as body:
            await self._gather(request, body)
            size = body.tell()
            body.seek(0)
            content_type = request.header(b"content-type")
            return await self._page_for(request).ask(
                request.described_as(content_type, size), body
            )

    def _page_for(self, request: Request) -> Page:
        if TICKETS.fullmatch(request.path):
            return Host(self._inside, self._lane)
        return self._inside

    async def _gather(self, request: Request, body: IO[bytes]) -> None:
        while (data := await request.body.chunk()) is not None:
            if request.body.received > self._limits.form_bytes:
                raise self._form_too_large()
            if request.body.received > MEMORY_BYTES:
                await asyncio.to_thread(body.write, data)
            else:
                body.write(data)

    def _form_too_large(self) -> TurnedAway:
        limit = {"limit": self._limits.form_bytes}
        return TurnedAway(413, "form_too_large", FORM_TOO_LARGE, limit)


def _public(headers: HeaderList) -> HeaderList:
    return [header for header in headers if header[0] not in _SECRET_NAMES]
