"""The file of an export while it is written: counted, hashed, within free space."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import Error, connection
from django.utils.translation import gettext_lazy as _

from mycenas.core.http.errors import ProblemError
from mycenas.staff.exports.models import Export
from mycenas.storage import StagedFile, store

Bytes = bytes | bytearray | memoryview

logger = logging.getLogger(__name__)

# How long a worker keeps an export without renewing; it renews far more often.
LEASE_TIME = timedelta(seconds=60)
RENEW_SECONDS = 2.0
# Free space is asked for before each of these.
STRIDE = 32 * 1024 * 1024
RENEW = """
UPDATE exports_export SET lease_until = clock_timestamp() + %s, written = %s
WHERE id = %s AND attempt = %s AND state = 'running'
"""


class NoRoom(ProblemError):
    """The file would take the space that is reserved for entries."""

    code = "no_room_for_export"


class Output:
    """A file in staging, which cannot seek; it grows only while entries keep room."""

    def __init__(self) -> None:
        self._writer = store().stage()
        self._asked_at = -STRIDE
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.discard()

    def write(self, block: Bytes) -> int:
        if self._writer.size - self._asked_at >= STRIDE:
            self._asked_at = self._writer.size
            check_room(STRIDE)
        self._writer.write(block)
        return len(block)

    def write_rows(self, block: Bytes, rows: int) -> None:
        self.write(block)
        self.rows += rows

    def flush(self) -> None:
        """All is written at once."""

    def seal(self) -> StagedFile:
        return self._writer.seal()


def check_room(size: int) -> None:
    """Raise ``NoRoom`` if ``size`` bytes more would take the space of entries."""
    free = max(0, store().free_bytes() - settings.STORAGE_RESERVE)
    if free < size:
        sentence = _(
            "There is no room for this file: it needs %(needed)d MB more, and "
            "%(free)d MB are free beside what is reserved for entries. Ask the "
            "operator of the site for space, or narrow the export."
        )
        figures = {"needed": -(-size // 1024**2), "free": free // 1024**2}
        raise NoRoom(sentence % figures)


@contextmanager
def renewed(export: Export, output: Output) -> Iterator[None]:
    """Renew the lease from a thread with a connection of its own, with the progress.

    The worker's own connection is busy: one statement reads all rows.
    """
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_SECONDS):
            values: list[Any] = [LEASE_TIME, output.rows, export.pk, export.attempt]
            try:
                with connection.cursor() as cursor:
                    cursor.execute(RENEW, values)
            except Error as error:
                logger.warning("The lease of export %s stays: %s", export.pk, error)
        connection.close()

    thread = threading.Thread(target=renew, name="lease of an export", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
