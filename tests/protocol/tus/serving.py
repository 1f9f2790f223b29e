"""The whole site behind its gateway, served over TCP by a real server."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from base64 import b64encode
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.db import DEFAULT_DB_ALIAS, connections

from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.storage import store
from mycenas.uploads.application import Backend
from mycenas.uploads.gateway import UploadGateway
from mycenas.uploads.requests import Limits
from submissions.intake.forms import FORM_FIELDS
from submissions.intake.uploads import UploadRequest
from tests.protocol.tus.crowding import Crowd
from tests.protocol.tus.world import CSRF
from tests.serving import make_server
from tests.sessions import session_of

MEBIBYTE = 1024 * 1024
BODY_TYPE = "application/offset+octet-stream"
# Threads that make files durable.
COMMITS = 4


class Served:
    """The site on a free port, until the context ends.

    Its threads keep their database connections, as those of the site do. ``visits``
    are the requests that reached Django.
    """

    def __init__(self, **limits: Any) -> None:
        self.visits: list[str] = []
        self._pages = WSGIHandler()
        self.gateway = UploadGateway(
            self._visit,
            backend=Backend(UploadRequest, lookups=4, commits=COMMITS),
            store=store(),
            limits=Limits(**{"upload_bytes": 2048 * MEBIBYTE, **limits}),
            form=FORM_FIELDS,
        )
        self.crowd = Crowd(self.gateway)
        self.server = make_server(self.crowd)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}
        )

    def __enter__(self) -> Served:
        database = connections.settings[DEFAULT_DB_ALIAS]
        self._kept = patch.dict(database, CONN_MAX_AGE=None)
        self._kept.start()
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._kept.stop()

    def stop(self) -> None:
        """Return when every request has come to its end, and its files with it."""
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()

    def _visit(self, environ: Any, start_response: Any) -> Any:
        self.visits.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return self._pages(environ, start_response)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"


class Reply:
    """An answer, read to its end."""

    def __init__(self, connection: socket.socket, method: str) -> None:
        response = HTTPResponse(connection, method=method)
        response.begin()
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The last part of the problem's type."""
        return str(self.json["type"]).rpartition(":")[2]

    @property
    def offset(self) -> int:
        return int(self.headers["Upload-Offset"])


@dataclass
class Sender:
    """A signed-in person who speaks tus by hand, byte for byte."""

    url: str
    user: User
    cookies: str = field(init=False)

    def __post_init__(self) -> None:
        self.cookies = f"sessionid={session_of(self.user)}; csrftoken={CSRF}"

    def head(self, method: str, path: str, **headers: str | None) -> bytes:
        """The first lines of a request; ``_`` in names stands for ``-``."""
        told: dict[str, str | None] = {
            "Host": urlsplit(self.url).netloc,
            "Cookie": self.cookies,
            "X-CSRFToken": CSRF,
            "Tus-Resumable": "1.0.0",
        }
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [
            f"{name}: {value}" for name, value in told.items() if value is not None
        ]
        return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()

    @contextmanager
    def connection(self):
        address = urlsplit(self.url)
        with socket.create_connection((address.hostname, address.port), 60) as line:
            yield line

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str | None
    ) -> Reply:
        if body is not None:
            headers = {"Content_Length": str(len(body)), **headers}
        with self.connection() as line:
            line.sendall(self.head(method, path, **headers))
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(body or b"")
            return Reply(line, method)

    # --- the protocol's requests

    def reserve(self, competition: Competition, **fields: Any) -> dict[str, Any]:
        """A new reservation; ``fields`` are more of its fields."""
        path = f"/competitions/{competition.slug}/tickets/"
        body = json.dumps({"title": "Dusk", "accept_rules": True, **fields}).encode()
        reply = self.ask("POST", path, body, Content_Type="application/json")
        assert reply.status == 201, reply.body
        found: dict[str, Any] = reply.json
        return found

    def create(self, length: int | None, **headers: str | None) -> Reply:
        told = {"Upload_Length": None if length is None else str(length)}
        return self.ask("POST", "/uploads/", b"", **(told | headers))

    def patch(
        self, path: str, data: bytes, offset: int, **headers: str | None
    ) -> Reply:
        told = {"Content_Type": BODY_TYPE, "Upload_Offset": str(offset)}
        return self.ask("PATCH", path, data, **(told | headers))

    def where(self, path: str) -> Reply:
        return self.ask("HEAD", path)

    def wait_for_offset(self, path: str, *, at_least: int) -> int:
        """The offset once so much is durable: who was cut off keeps it first."""
        for _ in range(1000):
            if (offset := self.where(path).offset) >= at_least:
                return offset
        raise AssertionError(f"only {offset} bytes are durable, not {at_least}")

    def begin_patch(self, line: socket.socket, path: str, offset: int, length: int):
        """The first lines of a PATCH whose bytes follow by hand."""
        line.sendall(
            self.head(
                "PATCH",
                path,
                Content_Type=BODY_TYPE,
                Content_Length=str(length),
                Upload_Offset=str(offset),
            )
        )


def metadata(**words: str) -> str:
    return ",".join(f"{key} {encoded(value)}" for key, value in words.items())


def encoded(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return b64encode(data).decode()


def path_of(reply: Reply) -> str:
    return urlsplit(reply.headers["Location"]).path


def checksum(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {encoded(hashlib.new(algorithm, data).digest())}"
