"""One HTTP request over one connection, and what can become of it."""

from __future__ import annotations

import contextlib
import io
import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse

CSRF = "s" * 32
SECONDS = 20.0
BOUNDARY = "----siege"
OK = 200


class Broken(Exception):
    """No whole answer came: nobody knows what the server has done."""


@dataclass(frozen=True)
class Answer:
    """An answer that was read to its end."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        """The body as an object; empty if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> str:
        """The rule that a problem document names; '' for other answers."""
        return str(self.json.get("type", "")).rpartition(":")[2]


class Wire:
    """A signed-in person's way to the site, or to the proxy before it."""

    def __init__(self, port: int, session: str) -> None:
        self._port = port
        self._cookies = f"sessionid={session}; csrftoken={CSRF}"

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str | None
    ) -> Answer:
        """``_`` in the headers' names stands for ``-``. Raises ``Broken``."""
        told = {name.replace("_", "-"): text for name, text in headers.items() if text}
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {text}" for name, text in self._headers(told).items()]
        lines += [f"Content-Length: {len(body)}"] if method != "HEAD" else []
        head = "\r\n".join([*lines, "", ""]).encode()
        try:
            return parse(self._exchange(head + body), method)
        except (OSError, HTTPException) as error:
            raise Broken(f"{type(error).__name__}: {error}") from error

    def _headers(self, told: Mapping[str, str]) -> dict[str, str]:
        usual = {"Cookie": self._cookies, "X-CSRFToken": CSRF, "Connection": "close"}
        return usual | {"Accept": "application/json"} | dict(told)

    def _exchange(self, sent: bytes) -> bytes:
        """Everything that comes back until the other side closes."""
        with socket.create_connection(("127.0.0.1", self._port), SECONDS) as line:
            # Who is refused early may still read why.
            with contextlib.suppress(ConnectionError):
                line.sendall(sent)
            received = b""
            while data := line.recv(65536):
                received += data
        return received


def answers(port: int) -> bool:
    """Whether a web server is at work there."""
    try:
        return Wire(port, "").ask("GET", "/healthz/live").status == OK
    except Broken:
        return False


class _Tape:
    """Bytes that were received, in the place of their socket."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._received)


def parse(received: bytes, method: str) -> Answer:
    """The whole answer; HTTPException if it was cut off anywhere.

    The library takes headers that end in the middle for whole ones, so we look.
    """
    if b"\r\n\r\n" not in received:
        raise HTTPException("the answer's head was cut off")
    response = HTTPResponse(_Tape(received), method=method)  # type: ignore[arg-type]
    response.begin()
    return Answer(response.status, response.headers, response.read())


def multipart(fields: Mapping[str, str], name: str, data: bytes) -> bytes:
    """A form's body in a browser's order, the file last."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'
        f"{text}\r\n".encode()
        for key, text in fields.items()
    ]
    disposition = f'form-data; name="file"; filename="{name}"'
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n"
    return b"".join([*parts, head.encode(), data, f"\r\n--{BOUNDARY}--\r\n".encode()])


def new_key() -> str:
    """An idempotency key that nobody has."""
    return secrets.token_hex(16)
