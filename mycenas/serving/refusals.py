"""Answers that the protocol gives itself, before any page is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from mycenas.serving.limits import Limits


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


def head_too_large(limits: Limits) -> Refusal:
    return Refusal(
        431,
        f"The request line and headers have more than {limits.head_bytes} bytes. Use "
        "a shorter address and fewer headers, or remove cookies of this site.",
    )


def trailers_too_large(limits: Limits) -> Refusal:
    return Refusal(
        431,
        f"More than {limits.head_bytes} bytes came between two pieces of the body or "
        "after the last one. Send no trailers.",
    )


def too_many_headers(limits: Limits) -> Refusal:
    return Refusal(
        431,
        f"The request has more than {limits.headers} headers. Send fewer.",
    )


def head_too_late(limits: Limits) -> Refusal:
    return Refusal(
        408,
        "The request line and headers did not arrive whole within "
        f"{limits.head_seconds:g} seconds. Send the request again.",
    )


def too_many_slow(limits: Limits) -> Refusal:
    return Refusal(
        503,
        f"More than {limits.slow_heads} connections of your network address wait for "
        f"a whole request. Try again in {_whole(limits.head_seconds)} seconds.",
        _whole(limits.head_seconds),
    )


def server_full(limits: Limits) -> Refusal:
    return Refusal(
        503,
        f"The server has its {limits.connections} connections in use. Try again in "
        f"{_whole(limits.head_seconds)} seconds.",
        _whole(limits.head_seconds),
    )


def _whole(seconds: float) -> int:
    return max(1, round(seconds))
