"""Hands requests to the site's WSGI application and takes finished answers back.

a2wsgi translates the request and lends a thread of a small pool. Bodies never pass
through it: the request's is complete before a thread is taken, the response's is put
aside whole, so neither a slow sender nor a slow reader holds a thread. Pages that
stream without end are therefore not possible behind the door.
"""

from __future__ import annotations

import asyncio
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import build_environ

from mycenas.core.connections import leave_dead_connection
from mycenas.storage import StagedFile
from submissions.intake.answers import MEMORY_BYTES, PIECE_BYTES, Answer, spool
from submissions.intake.asgi_types import HeaderList, Message, Scope
from submissions.intake.quotas import Delay

# Where views find the Intake. Headers of a request only make keys with HTTP_ before.
ENVIRON_KEY = "mycenas.intake"
_SCOPE_KEY = "mycenas.handover"

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
WSGIApplication = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True)
class Intake:
    """What the door tells a view about an upload, in place of the upload's bytes.

    ``phase`` is "begin" before any byte of the file is kept (the view decides by the
    fields that came so far) and "complete" when everything has arrived.
    ``content_length`` is that of the whole request in bytes; ``received_bytes`` are
    those of the file, known when complete. Without ``staged`` there is nothing to
    keep: no file was chosen, or it was ``empty``, or ``too_large``.

    The phase is "later" when the bytes had to be let go, because of ``delay`` or by
    the view's own word at "begin"; all fields are there, or the ``ticket``.

    For a file in pieces ``found_bytes`` lie in staging at "begin" if that is known;
    "progress" and "complete" tell that ``durable_bytes`` are safe where
    ``durable_before`` were. ``content_length`` is None then if the piece comes without
    a length.
    """

    phase: Literal["begin", "progress", "complete", "later"]
    staged: StagedFile | None = None
    file_name: str = ""
    content_length: int | None = 0
    ticket: str | None = None
    complete_fields: bool = False
    received_bytes: int = 0
    empty: bool = False
    too_large: bool = False
    found_bytes: int | None = None
    durable_before: int = 0
    durable_bytes: int = 0
    delay: Delay | None = None


@dataclass
class _Handover:
    """Travels in the ASGI scope from the door to the thread, and back."""

    body: IO[bytes]
    intake: Intake | None
    answer: Answer | None = None


@dataclass
class _WholeFile:
    """`wsgi.file_wrapper`: a response that is a file, kept recognizable."""

    file: IO[bytes]
    block_size: int = PIECE_BYTES

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(PIECE_BYTES), b"")

    def close(self) -> None:
        self.file.close()

    def reopened(self) -> IO[bytes] | None:
        """The same place in the same file, to be read after ours is closed."""
        if not isinstance(self.file, io.BufferedReader | io.FileIO):
            return None
        if not stat.S_ISREG(os.fstat(self.file.fileno()).st_mode):
            return None
        position = self.file.tell()
        copy = os.fdopen(os.dup(self.file.fileno()), "rb", buffering=0)
        copy.seek(position)
        return copy


@dataclass
class _Taken:
    """Collects what the application answers, inside its thread."""

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
        if isinstance(result, _WholeFile) and (copy := result.reopened()):
            self.body.close()
            self.body = copy
            return
        for chunk in result:
            self.body.write(chunk)
        self._rewind()

    def _rewind(self) -> None:
        """Make ready to be read; what fits in memory needs no thread for that."""
        size = self.body.tell()
        self.body.seek(0)
        if size <= MEMORY_BYTES:
            with self.body as file:
                self.body = io.BytesIO(file.read())


def _answer(application: WSGIApplication, environ: Environ) -> Answer:
    taken = _Taken()
    with ExitStack() as undo:
        undo.callback(lambda: taken.body.close())
        with ExitStack() as response:
            result = application(environ, taken.start_response)
            response.callback(getattr(result, "close", lambda: None))
            taken.read(result)
        undo.pop_all()
    return Answer(taken.status, taken.headers, taken.body)


def _with_handover(application: WSGIApplication) -> WSGIApplication:
    """Wrap the application: bodies go around a2wsgi, through the handover."""

    def inside(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        handover: _Handover = environ["asgi.scope"][_SCOPE_KEY]
        environ["wsgi.input"] = handover.body
        environ["wsgi.file_wrapper"] = _WholeFile
        if handover.intake is not None:
            environ[ENVIRON_KEY] = handover.intake
        leave_dead_connection()
        handover.answer = _answer(application, environ)
        start_response("204 No Content", [])
        return []

    return inside


class Inside:
    """The application behind the door and its pool of threads."""

    def __init__(self, application: WSGIApplication, threads: int) -> None:
        wrapped: Any = _with_handover(application)
        self._asgi: Any = WSGIMiddleware(wrapped, workers=threads)

    async def ask(
        self, scope: Scope, body: IO[bytes], intake: Intake | None = None
    ) -> Answer:
        """Run one request in a thread; the caller closes ``body`` and the answer."""
        handover = _Handover(body, intake)
        await self._asgi(
            {
                **scope,
                "headers": trusted_headers(scope["headers"]),
                _SCOPE_KEY: handover,
            },
            _nothing_to_receive,
            _nobody_listens,
        )
        if handover.answer is None:
            raise RuntimeError("the application gave no answer")
        return handover.answer

    async def close(self) -> None:
        """Let running requests finish."""
        await asyncio.to_thread(self._asgi.executor.shutdown)


def environ_of(scope: Scope, body: IO[bytes]) -> Environ:
    """The WSGI environment of a request whose whole body is here."""
    trusted: Any = {**scope, "headers": trusted_headers(scope["headers"])}
    whole: Any = body
    return {**build_environ(trusted, whole)}


def trusted_headers(headers: HeaderList) -> HeaderList:
    """Headers that mean the same in WSGI.

    A name with an underscore could pass for another header there; several Cookie
    headers (HTTP/2) are one, joined by a semicolon.
    """
    kept = [
        (name, value)
        for name, value in headers
        if b"_" not in name and name != b"cookie"
    ]
    cookies = [value for name, value in headers if name == b"cookie"]
    return [*kept, (b"cookie", b"; ".join(cookies))] if cookies else kept


async def _nothing_to_receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _nobody_listens(_message: Message) -> None:
    """What a2wsgi sends is only its empty stand-in for the answer."""
