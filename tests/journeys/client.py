"""A signed-in participant who speaks HTTP without a browser."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.journeys.stack import Stack, until

# Generous: answers are awaited, never timed. A storage that hangs has its own 30 s.
TIMEOUT = 60.0
JSON = {"Accept": "application/json"}
IN_WORK = ("received", "processing")

Part = tuple[str, tuple[str | None, bytes | str]]


@dataclass(frozen=True)
class Raw:
    """An answer read from a socket."""

    status: int
    body: str


@dataclass
class Participant:
    """One person with a session, and what can be sent in her name."""

    stack: Stack
    session: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            base_url=self.stack.base_url,
            cookies={"sessionid": self.session},
            timeout=TIMEOUT,
        )
        # The form brings the cookie that every later form must answer.
        form = self.client.get(address("wide-open"))
        if form.is_error:
            self.client.close()
        form.raise_for_status()

    def parts(
        self, data: bytes | None, name: str = "work.jpg", **words: str
    ) -> list[Part]:
        """The form's parts in a browser's order; the file last, if there is one."""
        fields = {
            "csrfmiddlewaretoken": self.client.cookies["csrftoken"],
            "title": "Noon",
            "accept_rules": "on",
            "idempotency_key": secrets.token_hex(16),
        } | words
        parts: list[Part] = [(key, (None, text)) for key, text in fields.items()]
        return parts if data is None else [*parts, ("file", (name, data))]

    def send(
        self, slug: str, parts: list[Part], accept: dict[str, str] = JSON
    ) -> httpx.Response:
        """Post the parts as they are."""
        return self.client.post(address(slug), files=parts, headers=accept)

    def enter(
        self, slug: str, data: bytes | None, name: str = "work.jpg", **words: str
    ) -> httpx.Response:
        """Enter a file as a program would."""
        return self.send(slug, self.parts(data, name, **words))

    def token(self, slug: str, data: bytes, **words: str) -> str:
        """Enter a file that must be acknowledged; the receipt's token."""
        answer = self.enter(slug, data, **words)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["token"])

    def receipt(self, token: str) -> dict[str, Any]:
        """The receipt's facts."""
        answer = self.client.get(f"/receipts/{token}/", headers=JSON)
        facts: dict[str, Any] = answer.raise_for_status().json()
        return facts

    def checked(self, token: str) -> dict[str, Any]:
        """The receipt once phase two is through."""
        until(
            "the entry is checked",
            lambda: self.receipt(token)["state"] not in IN_WORK,
        )
        return self.receipt(token)

    def body(self, slug: str, parts: list[Part]) -> tuple[str, bytes]:
        """Content type and bytes of the form, for sending them by hand."""
        request = self.client.build_request("POST", address(slug), files=parts)
        return request.headers["Content-Type"], request.read()

    def raw(
        self, slug: str, kind: str, sent: bytes, *, declared: int, hang_up: bool
    ) -> Raw | None:
        """Send bytes under a declared length; None when no answer comes."""
        place = urlsplit(self.stack.base_url)
        cookies = "; ".join(
            f"{one.name}={one.value}" for one in self.client.cookies.jar
        )
        head = (
            f"POST {address(slug)} HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Cookie: {cookies}\r\nAccept: application/json\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {declared}\r\n\r\n"
        )
        where = (str(place.hostname), int(place.port or 0))
        with socket.create_connection(where, TIMEOUT) as connection:
            connection.sendall(head.encode() + sent)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            return read(connection)


def read(connection: socket.socket) -> Raw | None:
    """The answer on a connection, if there is one."""
    response = HTTPResponse(connection)
    try:
        response.begin()
        return Raw(response.status, response.read().decode())
    except ConnectionError:
        return None
    finally:
        response.close()


def address(slug: str) -> str:
    return f"/competitions/{slug}/enter/"
