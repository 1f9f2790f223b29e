"""A bare WSGI application: a thread for each file, the same durable work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.phase_one.peers.durable import BATCH_BYTES, BareFile


def application(
    environ: dict[str, Any], start_response: Callable[..., object]
) -> list[bytes]:
    file = BareFile()
    while data := environ["wsgi.input"].read(BATCH_BYTES):
        file.write(data)
    body = file.finish()
    start_response("202 Accepted", [("Content-Length", str(len(body)))])
    return [body]
