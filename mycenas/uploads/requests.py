"""One HTTP request at the gateway: its headers, its body, its limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO

from a2wsgi.wsgi import build_environ
from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.core.http.wellformed import is_plain_type
from mycenas.uploads.asgi_types import Environ, HeaderList, Receive, Scope
from mycenas.uploads.bodies import Body
from mycenas.uploads.ordinary import UNKNOWN_KEY, unknown_header

UPLOADS = "/uploads/"
UPLOAD = re.compile(r"/uploads/([A-Za-z0-9_-]{32})/", re.ASCII)
# No number of bytes that a disk can hold has more digits.
MAX_LENGTH_DIGITS = 18
_BODY_HEADERS = (b"content-length", b"content-type", b"transfer-encoding", b"expect")


@dataclass(frozen=True)
class Limits:
    """What one request may bring, in bytes and seconds.

    ``overhead_bytes`` is what a multipart form may add to its file. ``drain_bytes``
    is how much of a refused body is read so that the client sees the response, where
    the competition, whose limit for a file bounds it, is not known. A client
    that sends parts and pauses for ``stall_seconds`` loses its lock to another one. A
    body ends after ``idle_seconds`` without a byte, or after ``slow_seconds`` of
    waiting in which fewer than ``slow_bytes`` arrived.

    ``files_at_once``, ``queue_length``, ``queue_seconds`` and ``bytes_per_second`` are
    the capacity of this process, see `UploadSlots`.
    """

    upload_bytes: int
    form_bytes: int = 12 * 1024 * 1024
    overhead_bytes: int = 1024 * 1024
    drain_bytes: int = 256 * 1024 * 1024
    idle_seconds: float = 30
    stall_seconds: float = 3
    slow_seconds: float = 60
    slow_bytes: int = 16 * 1024
    files_at_once: int = 32
    queue_length: int = 1000
    queue_seconds: float = 30
    bytes_per_second: int = 0


class Request:
    """Scope and body of one request."""

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        self.scope = scope
        self.headers: HeaderList = list(scope["headers"])
        self.declared = self._declared_length()
        self.chunked = self.header(b"transfer-encoding") != b""
        # The most that is read and discarded of a body that was refused.
        self.drain_bytes = limits.drain_bytes
        self._overhead_bytes = limits.overhead_bytes
        expected = None if self.chunked else self.declared
        if self._has_no_body:
            expected = 0
        self.body = Body(
            receive,
            declared=expected,
            idle_seconds=limits.idle_seconds,
            slow_seconds=limits.slow_seconds,
            slow_bytes=limits.slow_bytes,
        )

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The path below the site's root."""
        return str(self.scope["path"]).removeprefix(self.scope.get("root_path", ""))

    @property
    def is_tus(self) -> bool:
        return self.path.startswith(UPLOADS)

    @property
    def is_multipart(self) -> bool:
        kind = self.header(b"content-type").split(b";")[0].strip().lower()
        return kind == b"multipart/form-data"

    @property
    def wants_json(self) -> bool:
        return self.is_tus or b"application/json" in self.header(b"accept").lower()

    @property
    def waits_for_continue(self) -> bool:
        """The client has not sent its body and waits for "100 Continue"."""
        expects = b"100-continue" in self.header(b"expect").lower()
        return expects and self.body.untouched

    @property
    def speaks_http1(self) -> bool:
        return str(self.scope.get("http_version", "1.1")).startswith("1")

    @property
    def incoming(self) -> int | None:
        """The bytes of the body, None if the client does not say."""
        if self.body.finished:
            return 0
        return None if self.chunked else self.declared

    def bound_drain(self, file_bytes: int | None) -> None:
        """Discard no more than a file, of ``file_bytes`` at most, and its form have."""
        if file_bytes is not None:
            self.drain_bytes = file_bytes + self._overhead_bytes

    def header(self, name: bytes) -> bytes:
        """The first value of a header; b'' when it is not there."""
        return next((value for key, value in self.headers if key == name), b"")

    def check_length(self) -> None:
        """Refuse a length that is not a number."""
        if self.declared is None and self.header(b"content-length"):
            raise ProblemError(
                _("The Content-Length of the request is not a number. Send it again."),
                status=400,
                code="bad_length",
            )

    def check_type(self) -> None:
        """Refuse a type that cannot be read, or another charset."""
        if not is_plain_type(self.header(b"content-type").decode("latin-1")):
            raise ProblemError(
                _(
                    "The Content-Type of the request cannot be read, or names another "
                    "charset than UTF-8. Send it as UTF-8."
                ),
                status=400,
                code="bad_content_type",
            )

    def check_upload(self, limits: Limits) -> None:
        """Refuse a file without a length (411) or too large for the site (413)."""
        if self.chunked or self.declared is None:
            raise ProblemError(
                _(
                    "The request does not say how long it is, so it cannot be checked "
                    "that the whole file arrived. Send it with a Content-Length."
                ),
                status=411,
                code="length_required",
            )
        if self.declared > limits.upload_bytes + limits.overhead_bytes:
            sentence = _(
                "The form with its file has %(found)s bytes; the limit for a file is "
                "%(limit)s bytes. Send a smaller file."
            ) % {"found": f"{self.declared:,}", "limit": f"{limits.upload_bytes:,}"}
            raise ProblemError(
                sentence,
                status=413,
                code="upload_too_large",
                found=self.declared,
                limit=limits.upload_bytes,
            )

    def environ(
        self, body: IO[bytes], length: int, content_type: bytes | None = None
    ) -> Environ:
        """The WSGI environment of this request with another body."""
        kind = self.header(b"content-type") if content_type is None else content_type
        headers = [
            *(
                (name, value)
                for name, value in self.headers
                if name not in _BODY_HEADERS
            ),
            (b"content-type", kind),
            (b"content-length", str(length).encode()),
        ]
        environ = environ_of({**self.scope, "headers": headers}, body)
        if self.method in ("POST", "PUT"):
            environ[UNKNOWN_KEY] = unknown_header(self.headers, self.method)
        return environ

    @property
    def _has_no_body(self) -> bool:
        """HTTP/1 announces every body; later versions need not."""
        announced = self.chunked or self.header(b"content-length") != b""
        return self.speaks_http1 and not announced

    def _declared_length(self) -> int | None:
        values = {value for name, value in self.headers if name == b"content-length"}
        value = values.pop() if len(values) == 1 else b""
        readable = value.isdigit() and len(value) <= MAX_LENGTH_DIGITS
        return int(value) if readable else None


def environ_of(scope: Scope, body: IO[bytes]) -> Environ:
    """The WSGI environment of a request whose whole body is here."""
    trusted = {**scope, "headers": unambiguous(scope["headers"])}
    return {**build_environ(trusted, body)}  # type: ignore[arg-type]


def unambiguous(headers: HeaderList) -> HeaderList:
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
