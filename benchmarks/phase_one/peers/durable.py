"""The durable work itself: stream, hash, fsync, rename, fsync the folder, one row."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from pathlib import Path

import psycopg

FOLDER = Path(os.environ["PEER_FOLDER"])
BATCH_BYTES = 256 * 1024
ROW = "INSERT INTO bare_file (name, size, sha256) VALUES (%s, %s, %s)"

_mine = threading.local()


def connection() -> psycopg.Connection[tuple[object, ...]]:
    """One connection for each thread, kept; every statement commits."""
    if not hasattr(_mine, "line"):
        _mine.line = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    line: psycopg.Connection[tuple[object, ...]] = _mine.line
    return line


class BareFile:
    """One file on its way; for one thread at a time."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(20)
        self._path = FOLDER / f"{self.name}.part"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes | bytearray) -> None:
        self._digest.update(data)
        self._size += len(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def finish(self) -> bytes:
        """Make it durable, note its row, and acknowledge."""
        os.fsync(self._file)
        os.close(self._file)
        self._path.rename(FOLDER / self.name)
        folder = os.open(FOLDER, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        digest = self._digest.hexdigest()
        self._note(digest)
        return f'{{"name": "{self.name}", "sha256": "{digest}"}}'.encode()

    def _note(self, digest: str) -> None:
        connection().execute(ROW, [self.name, self._size, digest])
