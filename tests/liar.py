"""A proxy before the S3 server that can misbehave."""

from __future__ import annotations

import base64
import threading
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 60.0
FULL = b"<Error><Code>InsufficientStorage</Code></Error>"


class Proxy:
    """Stands before the server; ``mood`` says how it treats who asks.

    *honest* passes everything on; *full* refuses each PUT; *forgets* says that it
    stored, and did not; *flips* says that it stored these bytes, with their SHA-256,
    but kept others; *cuts* breaks off in the middle of every answer with bytes;
    *deaf* takes the connection and never answers; *waits* passes on what is put after
    ``released``, and ``held`` counts what waits.
    """

    def __init__(self, target: str) -> None:
        self.mood = "honest"
        self.target = target.removeprefix("http://")
        self.asked: list[str] = []
        self.flipped: dict[str, bytes] = {}
        self.released = threading.Event()
        self.held = threading.Semaphore(0)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: Proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: who gave up on a proxy that lies is right."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is in ``Proxy.asked``."""

    def handle_any(self) -> None:
        proxy = self.server.proxy
        proxy.asked.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if proxy.mood == "deaf":
            proxy.released.wait()
            self.close_connection = True
        elif self.command == "PUT" and proxy.mood == "waits":
            proxy.held.release()
            proxy.released.wait()
            self.pass_on(body)
        elif self.command == "PUT" and proxy.mood in _LIES:
            _LIES[proxy.mood](self, body)
        elif self.command == "GET" and self.path in proxy.flipped:
            self.say(200, proxy.flipped[self.path])
        else:
            self.pass_on(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

    def pass_on(self, body: bytes) -> None:
        onward = HTTPConnection(self.server.proxy.target, timeout=PATIENCE)
        try:
            onward.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                if name.lower() != "expect":
                    onward.putheader(name, value)
            onward.endheaders(body)
            answer = onward.getresponse()
            data, headers = answer.read(), dict(answer.getheaders())
        except (OSError, HTTPException):
            self.close_connection = True
            return
        finally:
            onward.close()
        self.say(answer.status, data, headers)

    def say(
        self, status: int, data: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        told = {"Content-Length": str(len(data))} | (headers or {})
        self.send_response_only(status)
        for name, value in told.items():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        half = len(data) // 2
        cut = self.server.proxy.mood == "cuts" and self.command == "GET" and half > 0
        self.wfile.write(data[:half] if cut else data)
        self.close_connection = cut

    def is_full(self, body: bytes) -> None:
        self.say(507, FULL, {"Content-Type": "application/xml"})

    def forget(self, body: bytes) -> None:
        self.say(200, headers=_claims(self.headers))

    def flip(self, body: bytes) -> None:
        address = self.path.partition("?")[0]
        self.server.proxy.flipped[address] = body[:-1] + bytes([body[-1] ^ 1])
        self.say(200, headers=_claims(self.headers))


_LIES = {"full": _Handler.is_full, "forgets": _Handler.forget, "flips": _Handler.flip}


def _claims(headers: Any) -> dict[str, str]:
    """What a store would say of the very bytes that it was sent."""
    told = headers.get("x-amz-checksum-sha256", base64.b64encode(bytes(32)).decode())
    return {"ETag": '"0"', "x-amz-checksum-sha256": told}
