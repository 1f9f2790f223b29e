"""The door before a tiny WSGI site, served by a real server on a Unix socket."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import signal
import socket
import sys
import tempfile
import threading
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import parse_qsl

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mycenas.serving.protocol import BoundedProtocol
from mycenas.storage import Store
from submissions.intake.door import ENVIRON_KEY, Door
from submissions.intake.quotas import Quota
from submissions.intake.requests import Limits

MEBIBYTE = 1024 * 1024
PATIENCE = 60
BOUNDARY = "----a-boundary"
REFUSAL = "<p>Refused before the bytes.</p>"


class Site:
    """A WSGI application that answers with what it was given, and remembers it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: list[tuple] = []
        self.begun = threading.Event()
        # Who asks HEAD waits here while it is closed.
        self.gate = threading.Event()
        self.gate.set()
        self.at_the_gate = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read()
        intake = environ.get(ENVIRON_KEY)
        self.calls.append((environ, body, intake))
        if environ["REQUEST_METHOD"] == "HEAD":
            self.at_the_gate.release()
            self.gate.wait(PATIENCE)
        if environ["PATH_INFO"] == "/file/":
            return self.file(environ, start_response)
        if environ["PATH_INFO"] == "/report/":
            start_response("200 OK", [])
            return environ["wsgi.file_wrapper"](io.BytesIO(b"made up"))
        if environ["PATH_INFO"] == "/long/":
            return self.long(environ, start_response)
        if intake is not None and intake.phase == "begin":
            return self.begin(environ["PATH_INFO"], start_response)
        if intake is not None and intake.phase == "later":
            return self.later(intake, start_response)
        told = self.told(environ, body, intake)
        start_response(
            "200 OK",
            [("Content-Type", "application/json"), ("X-Mycenas-Secret", "inside")],
        )
        return [json.dumps(told).encode()]

    def begin(self, path, start_response):
        self.begun.set()
        if "refuse" in path:
            start_response("403 Forbidden", [("Content-Type", "text/html")])
            return [REFUSAL.encode()]
        headers = [("X-Mycenas-Ticket", "" if "wordless" in path else "ticket-1")]
        if "later" in path:
            headers.append(("X-Mycenas-Later", "1"))
        if "small" in path:
            headers.append(("X-Mycenas-Max-Bytes", "1000"))
        start_response("204 No Content", headers)
        return []

    def later(self, intake, start_response):
        """As a page does; without a delay it was the page's own wish."""
        delay = intake.delay
        quota = delay.quota if delay else Quota("page", limit=0, seconds=1)
        start_response("503 Service Unavailable", [*quota.headers.items()])
        return [(delay.code if delay else "page").encode()]

    def told(self, environ, body, intake):
        told = {
            "path": environ["PATH_INFO"],
            "length": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        if intake is None:
            return told
        staged = intake.staged
        if staged and "keep" in environ["PATH_INFO"]:
            told["kept"] = self.store.keep(staged, suffix="key")
        return told | {
            "fields": parse_qsl(body.decode(), keep_blank_values=True),
            "file_name": intake.file_name,
            "ticket": intake.ticket,
            "received": intake.received_bytes,
            "empty": intake.empty,
            "too_large": intake.too_large,
            "staged": staged and {"size": staged.size, "sha256": staged.sha256},
        }

    def file(self, environ, start_response):
        path = self.store.root / "picture"
        start_response("200 OK", [("Content-Length", str(path.stat().st_size))])
        return environ["wsgi.file_wrapper"](path.open("rb"))

    def long(self, environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"first ")
        for _ in range(3 * 256):
            yield bytes(4096)
        yield b" last"

    def phases(self):
        return [intake and intake.phase for _, _, intake in self.calls]


def make_server(
    application,
    *,
    patience: int | None = None,
    protocol: type[HttpToolsProtocol] = BoundedProtocol,
) -> uvicorn.Server:
    """``patience``: seconds that requests get to end when the server must stop."""
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=protocol,
        lifespan="on",
        log_level="critical",
        timeout_graceful_shutdown=patience,
    )
    return uvicorn.Server(config)


class Served:
    """A server in a thread of its own; leaving the context ends it gracefully."""

    def __init__(
        self,
        folder: Path,
        *,
        limits: Limits,
        store: Store | None = None,
        patience: int | None = None,
    ):
        self.store = store or Store(folder)
        self.site = Site(self.store)
        self.door = Door(self.site, store=self.store, limits=limits, threads=4)
        self.server = make_server(self.door, patience=patience)
        self.socket, self.address = listening_socket()
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}
        )

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        """Return when every request has come to its end."""
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()
        shutil.rmtree(Path(self.address).parent, ignore_errors=True)

    def connect(self) -> socket.socket:
        return connect(self.address)

    def ask(self, *pieces: bytes) -> Reply:
        """Send raw bytes and read the answer."""
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            return Reply(connection)

    def enter(self, slug: str, body: bytes, **headers: str) -> Reply:
        return self.ask(enter_head(slug, len(body), **headers), body)

    def left_in_staging(self) -> list[Path]:
        return self.store.stale_staging(-1)


class Reply:
    """An answer, read to its end."""

    def __init__(self, connection: socket.socket, method: str = "GET") -> None:
        response = HTTPResponse(connection, method=method)
        response.begin()
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


def listening_socket() -> tuple[socket.socket, str]:
    """A Unix socket in a folder of its own, which the caller removes."""
    address = str(Path(tempfile.mkdtemp(prefix="door-")) / "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(1024)
    return listener, address


def connect(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(address)
    return connection


def head(method: str, path: str, **headers: str | None) -> bytes:
    """The first lines of a request; ``_`` in names stands for ``-``."""
    lines = [f"{method} {path} HTTP/1.1", "Host: example.org"]
    lines += [
        f"{name.replace('_', '-')}: {value}"
        for name, value in headers.items()
        if value is not None
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def enter_head(slug: str, length: int, **headers: str | None) -> bytes:
    told = {
        "Content_Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content_Length": str(length),
    }
    return head("POST", f"/competitions/{slug}/enter/", **(told | headers))


def field(name: str, value: str) -> bytes:
    return part(f'form-data; name="{name}"', value.encode())


def file_part(data: bytes, name: str = "work.png", field: str = "file") -> bytes:
    return part(f'form-data; name="{field}"; filename="{name}"', data)


def part(disposition: str, data: bytes) -> bytes:
    opening = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n"
    return opening.encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def serve_in_process(folder: str, descriptor: str) -> None:
    """Entry point for tests that look at a server process from outside."""
    store = Store(Path(folder))
    limits = Limits(upload_bytes=512 * MEBIBYTE)
    # The server raises the signal again once it has stopped gracefully.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    door = Door(Site(store), store=store, limits=limits)
    make_server(door).run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    serve_in_process(*sys.argv[1:])
