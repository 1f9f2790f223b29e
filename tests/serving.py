"""The upload gateway before a tiny site, served by a real server on a Unix socket."""

from __future__ import annotations

import asyncio
import hashlib
import io
import itertools
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
from django.core.handlers.wsgi import WSGIRequest
from django.http import JsonResponse
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mycenas.core.http.errors import problem_of
from mycenas.serving.protocol import BoundedProtocol
from mycenas.storage import Store
from mycenas.uploads.application import FORM_KEY, Accepted, Backend
from mycenas.uploads.gateway import UploadGateway
from mycenas.uploads.multipart import FormFields
from mycenas.uploads.requests import Limits

MEBIBYTE = 1024 * 1024
PATIENCE = 60
# Seconds between two looks at whether a server must stop, or has.
STEP = 0.01
BOUNDARY = "----a-boundary"
REFUSAL = "<p>Refused before the bytes.</p>"


class Site:
    """A WSGI application and the uploads of one, which answer with what they got."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: list[tuple] = []
        # What the gateway asked of the page and of uploads, in order.
        self.asked: list[str] = []
        self.begun = threading.Event()
        # HEAD of an upload waits here while it is closed.
        self.gate = threading.Event()
        self.gate.set()
        self.at_the_gate = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read()
        self.calls.append((environ, body))
        path, coming = environ["PATH_INFO"], environ.get(FORM_KEY)
        if path == "/file/":
            return self.file(start_response)
        if path == "/report/":
            start_response("200 OK", [])
            return environ["wsgi.file_wrapper"](io.BytesIO(b"made up"))
        if path == "/long/":
            return self.long(start_response)
        self.asked.append("form" if coming else "page")
        if coming and "refuse" in path:
            start_response("403 Forbidden", [("Content-Type", "text/html")])
            return [REFUSAL.encode()]
        if coming:
            self.begun.set()
            upload = SiteUpload(self, WSGIRequest(environ), coming.file_name)
            coming.upload, coming.accepted = upload, upload.begin(coming.size)
            start_response("204 No Content", [])
            return []
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(report(environ, body)).encode()]

    def file(self, start_response):
        path = self.store.root / "picture"
        start_response("200 OK", [("Content-Length", str(path.stat().st_size))])
        return self.calls[-1][0]["wsgi.file_wrapper"](path.open("rb"))

    def long(self, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"first ")
        for _ in range(3 * 256):
            yield bytes(4096)
        yield b" last"

    def open_upload(self, request, secret):
        return SiteUpload(self, request, None)


class SiteUpload:
    """An upload to the site; the path of a form says what becomes of it."""

    def __init__(self, site: Site, request, file_name: str | None) -> None:
        self.site = site
        self.request = request
        self.file_name = file_name
        self.max_bytes = None

    def respond(self):
        self.site.at_the_gate.release()
        self.site.gate.wait(PATIENCE)
        return JsonResponse({})

    def begin(self, length, found=None):
        self.site.asked.append("begin")
        return Accepted(1000 if "small" in self.request.path else 10**9)

    def complete(self, staged, before):
        self.site.asked.append("complete")
        body = self.site.calls[-1][1]
        facts = report(self.request.META, body) | {
            "fields": parse_qsl(body.decode(), keep_blank_values=True),
            "file_name": self.file_name,
            "staged": {"size": staged.size, "sha256": staged.sha256},
        }
        if "keep" in self.request.path:
            facts["kept"] = self.site.store.keep(staged, suffix="key")
        return JsonResponse(facts)

    def reject(self, size):
        self.site.asked.append("reject")
        return JsonResponse({"rejected": size})

    def delay(self, refused):
        self.site.asked.append("delay")
        return problem_of(refused)


def report(environ, body):
    return {
        "path": environ["PATH_INFO"],
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def gateway(site: Site, store: Store, limits: Limits) -> UploadGateway:
    backend = Backend(site.open_upload, lookups=2, commits=2)
    names = FormFields((), (b"title", b"accept_rules", b"tag", b"word", b"empty"))
    return UploadGateway(
        site, backend=backend, store=store, limits=limits, form=names, threads=4
    )


class PromptServer(uvicorn.Server):
    """Notices at once that it must stop, and that its requests have ended."""

    async def main_loop(self) -> None:
        ticks = itertools.count()
        while not await self.on_tick(next(ticks)):
            await asyncio.sleep(STEP)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, which looks every tenth of a second and first after one."""
        if self.config.timeout_graceful_shutdown is not None:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(STEP)
        for server in self.servers:
            await server.wait_closed()
        await self.lifespan.shutdown()


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
    return PromptServer(config)


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
        self.gateway = gateway(self.site, self.store, limits)
        self.server = make_server(self.gateway, patience=patience)
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

    @property
    def code(self) -> str:
        """The last part of the problem's type."""
        return str(self.json["type"]).rpartition(":")[2]


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
    make_server(gateway(Site(store), store, limits)).run(
        sockets=[socket.socket(fileno=int(descriptor))]
    )


if __name__ == "__main__":
    serve_in_process(*sys.argv[1:])
