"""Requests as bytes, sent over connections that are kept alive."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse

from tests.protocol.tus.world import CSRF

PATIENCE = 120
MULTIPART = 'multipart/form-data; boundary="b"'
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Asked:
    """One request; ``target`` is already quoted, ``who`` names a role."""

    method: str
    target: str
    who: str = "anonymous"
    headers: tuple[tuple[str, str], ...] = field(default=())
    body: bytes | None = None

    def as_bytes(self, host: str, session: str) -> bytes:
        told = {"Host": host, "X-CSRFToken": CSRF, "Cookie": f"csrftoken={CSRF}"}
        if session:
            told["Cookie"] += f"; sessionid={session}"
        if self.body is not None:
            told["Content-Length"] = str(len(self.body))
        named = {name.lower() for name, _value in self.headers}
        lines = [pair for pair in told.items() if pair[0].lower() not in named]
        head = [f"{self.method} {self.target} HTTP/1.1"]
        head += [f"{name}: {text}" for name, text in (*lines, *self.headers)]
        opening = "\r\n".join([*head, "", ""]).encode("latin-1", "replace")
        return opening + (self.body or b"")


@dataclass(frozen=True)
class Answered:
    """Status 0 stands for a connection that ended without an answer."""

    status: int
    body: bytes = b""


class Line:
    """One connection, opened again when the server has closed it."""

    def __init__(self, host: str, port: int, sessions: dict[str, str]) -> None:
        self._place = (host, port)
        self._sessions = sessions
        self._line: socket.socket | None = None

    def ask(self, asked: Asked) -> Answered:
        """Send it; once more if a kept connection had ended before."""
        was_open = self._line is not None
        answered = self._ask(asked)
        return self._ask(asked) if was_open and not answered.status else answered

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None

    def _ask(self, asked: Asked) -> Answered:
        if self._line is None:
            self._line = socket.create_connection(self._place, PATIENCE)
        session = self._sessions.get(asked.who, "")
        host = f"{self._place[0]}:{self._place[1]}"
        with suppress(BrokenPipeError, ConnectionResetError):
            self._line.sendall(asked.as_bytes(host, session))
        try:
            response = HTTPResponse(self._line, method=asked.method)
            response.begin()
            answered = Answered(response.status, response.read())
        except (HTTPException, ConnectionError):
            self.close()
            return Answered(0)
        if response.will_close:
            self.close()
        return answered
