"""The site as a process of its own, for tests that kill it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.db import connection

from mycenas.storage import store

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60
SERVED = (
    *("mycenas.asgi:application", "--http"),
    "mycenas.serving.protocol:BoundedProtocol",
)
AS_IN_THE_IMAGE = ("--no-proxy-headers", "--ws", "none")


def _database_of_this_test() -> str:
    address = urlsplit(os.environ["DATABASE_URL"])
    return address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def site(
    listener: socket.socket, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve on a socket that outlives the process, with the test's data or its own."""
    options = ("-m", "uvicorn", *SERVED, "--log-level", "critical")
    data = str(folder or store().root)
    with _running(listener, options, DATA_DIR=data, DEBUG="1") as process:
        yield process


@contextmanager
def production(
    listener: socket.socket, log: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve as the image does, with an access log and all of Django's lines."""
    options = ("-m", "mycenas", "uvicorn", *SERVED, *AS_IN_THE_IMAGE)
    said = {"DATA_DIR": str(store().root), "LOG_LEVEL": "DEBUG", "DEBUG": "0"}
    with (
        log.open("ab") as file,
        _running(listener, options, log=file, **said, **environment) as process,
    ):
        yield process


@contextmanager
def _running(
    listener: socket.socket,
    options: Sequence[str],
    log: IO[bytes] | None = None,
    **environment: str,
) -> Iterator[subprocess.Popen[bytes]]:
    own = {
        "DATABASE_URL": _database_of_this_test(),
        "DJANGO_SETTINGS_MODULE": "mycenas.settings",
    }
    process = subprocess.Popen(
        [sys.executable, *options, "--fd", str(listener.fileno())],
        cwd=ROOT,
        env={**os.environ, **own, **environment},
        pass_fds=[listener.fileno()],
        stdout=log,
        stderr=log,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)
