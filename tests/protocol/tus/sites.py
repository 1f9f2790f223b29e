"""The site as a process of its own, for tests that kill it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from mycenas.storage import store

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60


def _database_of_this_test() -> str:
    address = urlsplit(os.environ["DATABASE_URL"])
    return address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def site(
    listener: socket.socket, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve on a socket that outlives the process, with the test's data or its own."""
    command = [
        sys.executable, "-m", "uvicorn", "mycenas.asgi:application",
        "--fd", str(listener.fileno()), "--log-level", "critical",
        "--http", "mycenas.serving.protocol:BoundedProtocol",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "DATABASE_URL": _database_of_this_test(),
        "DJANGO_SETTINGS_MODULE": "mycenas.settings",
        "DATA_DIR": str(folder or store().root),
        "DEBUG": "1",
    }
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, pass_fds=[listener.fileno()]
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)
