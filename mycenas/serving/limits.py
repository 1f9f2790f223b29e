"""What one head, connection, address and web process may take, and the refusals."""

from __future__ import annotations

import functools
import re
import resource
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

# Descriptors for the database, Valkey, the bucket, pictures and logs.
RESERVED_FILES = 200
# A host and maybe a port, as addresses have them (RFC 9110 section 7.2).
HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")

# Bytes of headers whose parameters are read in the square of their length.
LONGEST = {b"content-type": 1024, b"accept": 4096, b"content-disposition": 4096}

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Refusal:
    """A status and a sentence, after which the connection ends."""

    status: int
    sentence: str
    retry_after: int = 0

    def answer(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The whole HTTP response; ``headers`` are the server's own."""
        body = f"{self.sentence}\n".encode()
        lines = [
            *headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        if self.retry_after:
            lines.append((b"retry-after", b"%d" % self.retry_after))
        head = b"".join(b"%b: %b\r\n" % line for line in lines)
        return STATUS_LINE[self.status] + head + b"\r\n" + body


BAD = Refusal(400, "The request cannot be read as HTTP. Send it again.")
NOT_ONE_HOST = Refusal(
    400, "The request must have one Host header, with the host of this site."
)


@dataclass(frozen=True)
class ConnectionLimits:
    """``head_bytes`` and ``headers`` bound a request's line and headers, or trailers.

    A connection has ``head_seconds`` for its first byte, and each head as long from its
    first byte. A connection that has waited for more than ``slow_after`` seconds is
    slow: an address may have ``slow_heads`` of them. ``connections`` is for the whole
    process. After a refusal up to ``drain_bytes`` are read for ``drain_seconds``, so
    that the client sees the answer. The methods are the refusals beyond a limit.
    """

    head_bytes: int = 64 * 1024
    headers: int = 200
    head_seconds: float = 10
    slow_after: float = 1
    slow_heads: int = 128
    connections: int = 4000
    drain_bytes: int = 16 * 1024 * 1024
    drain_seconds: float = 2

    def head_too_large(self) -> Refusal:
        return Refusal(
            431,
            f"The request line and headers have more than {self.head_bytes} bytes. Use "
            "a shorter address and fewer headers, or remove cookies of this site.",
        )

    def trailers_too_large(self) -> Refusal:
        return Refusal(
            431,
            f"More than {self.head_bytes} bytes came between two pieces of the body or "
            "after the last one. Send no trailers.",
        )

    def header_refused(self, before: int, name: bytes, value: bytes) -> Refusal | None:
        """The refusal of a header that comes after ``before`` others, if any."""
        most = LONGEST.get(name.lower(), len(value))
        if len(value) > most:
            sentence = f"{name.decode('ascii')} has more than {most} bytes. Shorten it."
            return Refusal(431, sentence)
        if before < self.headers:
            return None
        return Refusal(
            431, f"The request has more than {self.headers} headers. Send fewer."
        )

    def head_too_late(self) -> Refusal:
        return Refusal(
            408,
            "The request line and headers did not arrive whole within "
            f"{self.head_seconds:g} seconds. Send the request again.",
        )

    def too_many_slow(self) -> Refusal:
        return self._try_later(
            f"More than {self.slow_heads} connections of your network address wait for "
            "a whole request."
        )

    def server_full(self) -> Refusal:
        return self._try_later(
            f"The server has its {self.connections} connections in use."
        )

    def _try_later(self, sentence: str) -> Refusal:
        seconds = max(1, round(self.head_seconds))
        return Refusal(503, f"{sentence} Try again in {seconds} seconds.", seconds)


@functools.cache
def site_limits() -> ConnectionLimits:
    """The limits of this process, which may open as many files as the system allows."""
    return ConnectionLimits(
        slow_heads=settings.MAX_SLOW_HEADS,
        connections=connections_within(raise_open_files(), settings.MAX_CONNECTIONS),
    )


def connections_within(files: int, wanted: int) -> int:
    """``wanted``, or fewer: each connection may need a second file for an upload."""
    return max(1, min(wanted, (files - RESERVED_FILES) // 2))


def raise_open_files() -> int:
    """Raise the soft limit of open files to the hard one; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class IdleConnections:
    """Connections whose next request head has not arrived whole, oldest first.

    The ``address`` of a connection is '' if no limit counts its peer.
    """

    def __init__(self) -> None:
        self._by_address: dict[str, dict[Any, None]] = {}
        self._slow: set[Any] = set()
        self._slow_of: Counter[str] = Counter()

    @classmethod
    def of(cls, state: ServerState) -> Self:
        """Those of a server; each server has its own."""
        found: Self = vars(state).setdefault("idle", cls())
        return found

    def add(self, connection: Any) -> None:
        self._by_address.setdefault(connection.address, {})[connection] = None

    def discard(self, connection: Any) -> None:
        of_address = self._by_address.get(connection.address, {})
        of_address.pop(connection, None)
        if not of_address:
            self._by_address.pop(connection.address, None)
        if connection in self._slow:
            self._slow.remove(connection)
            self._slow_of -= Counter([connection.address])

    def add_slow(self, connection: Any) -> int:
        """Count a connection as slow; the number of slow ones of its address."""
        if connection not in self._slow:
            self._slow.add(connection)
            self._slow_of[connection.address] += 1
        return self._slow_of[connection.address]

    def oldest_of_largest(self) -> Any:
        """The oldest connection of the address that has the most."""
        largest = max(self._by_address.values(), key=len, default=None)
        return next(iter(largest)) if largest else None


def names_one_host(headers: Headers, version: str) -> bool:
    """RFC 9112 section 3.2; HTTP/1.0 may leave the host out."""
    hosts = [value.strip() for name, value in headers if name == b"host"]
    if not hosts:
        return version == "1.0"
    return len(hosts) == 1 and HOST.fullmatch(hosts[0]) is not None


def length_of_body(headers: Headers) -> int:
    """Its Content-Length; 0 where there is none, or where chunks say how long it is."""
    fields = dict(headers)
    length = fields.get(b"content-length", b"")
    is_known = len(length) < 20 and length.isdigit()
    is_whole = b"transfer-encoding" not in fields
    return int(length) if is_known and is_whole else 0
