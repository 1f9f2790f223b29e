"""One HTTP request before the door: its headers, its body, its limits."""

from __future__ import annotations

from dataclasses import dataclass

from mycenas.core.wellformed import is_plain_type
from submissions.intake.asgi_types import HeaderList, Receive, Scope
from submissions.intake.bodies import Body
from submissions.intake.refusals import TurnedAway, gettext_noop
from submissions.intake.tus.paths import is_tus

BAD_LENGTH = gettext_noop(
    "The Content-Length of the request is not a number. Send it again."
)
BAD_TYPE = gettext_noop(
    "The Content-Type of the request cannot be read, or names another charset than "
    "UTF-8. Send it as UTF-8."
)
# No number that a machine can send has more digits.
_LONGEST_LENGTH = 18


@dataclass(frozen=True)
class Limits:
    """What one request may bring, in bytes and seconds.

    ``overhead_bytes`` is what a multipart form may add to its file. ``drain_bytes``
    is how much of a refused body is read so that the client sees the answer. A sender
    of pieces who is silent for ``stall_seconds`` gives way to a newcomer. A body ends
    after ``idle_seconds`` of silence, or when it has let us wait for ``slow_seconds``
    and brought less than ``slow_bytes`` in them.

    ``files_at_once``, ``waiting_room``, ``wait_seconds`` and ``bytes_per_second`` are
    the capacity of this process, see `Flow`.
    """

    upload_bytes: int
    form_bytes: int = 12 * 1024 * 1024
    overhead_bytes: int = 1024 * 1024
    drain_bytes: int = 1024 * 1024 * 1024
    idle_seconds: float = 30
    stall_seconds: float = 3
    slow_seconds: float = 60
    slow_bytes: int = 16 * 1024
    files_at_once: int = 32
    waiting_room: int = 1000
    wait_seconds: float = 30
    bytes_per_second: int = 0


class Request:
    """Scope and body, with the questions that the door asks."""

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        self.scope = scope
        self.headers: HeaderList = list(scope["headers"])
        self.declared = self._declared_length()
        self.chunked = self.header(b"transfer-encoding") != b""
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
    def is_multipart(self) -> bool:
        kind = self.header(b"content-type").split(b";")[0].strip().lower()
        return kind == b"multipart/form-data"

    @property
    def wants_json(self) -> bool:
        asked = b"application/json" in self.header(b"accept").lower()
        return asked or is_tus(self.path)

    @property
    def waits_for_continue(self) -> bool:
        """The client has not sent its body and waits for our word."""
        expects = self.header(b"expect").lower() == b"100-continue"
        return expects and self.body.untouched

    @property
    def speaks_http1(self) -> bool:
        return str(self.scope.get("http_version", "1.1")).startswith("1")

    def header(self, name: bytes) -> bytes:
        """The first value of a header; b'' when it is not there."""
        return next((value for key, value in self.headers if key == name), b"")

    def check_length(self) -> None:
        """Raise TurnedAway for a length that is not a number."""
        if self.declared is None and self.header(b"content-length"):
            raise TurnedAway(400, "bad_length", BAD_LENGTH)

    def check_type(self) -> None:
        """Raise TurnedAway for a type that cannot be read, or another charset."""
        if not is_plain_type(self.header(b"content-type").decode("latin-1")):
            raise TurnedAway(400, "bad_content_type", BAD_TYPE)

    def described_as(self, content_type: bytes, length: int) -> Scope:
        """The scope with another body's type and length."""
        replaced = (b"content-length", b"content-type", b"transfer-encoding", b"expect")
        headers = [
            *((name, value) for name, value in self.headers if name not in replaced),
            (b"content-type", content_type),
            (b"content-length", str(length).encode()),
        ]
        return {**self.scope, "headers": headers}

    @property
    def _has_no_body(self) -> bool:
        """HTTP/1 announces every body; later versions need not."""
        announced = self.chunked or self.header(b"content-length") != b""
        return self.speaks_http1 and not announced

    def _declared_length(self) -> int | None:
        values = {value for name, value in self.headers if name == b"content-length"}
        value = values.pop() if len(values) == 1 else b""
        readable = value.isdigit() and len(value) <= _LONGEST_LENGTH
        return int(value) if readable else None
