"""A background thread that sends collected values to a server in batches."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BackgroundFlusher(ABC, Generic[K, V]):
    """Collects values by key and flushes them from a thread, ``BATCH_SIZE`` at a time.

    Values with the same key replace each other until they are flushed. The thread
    starts with the first value and ends with the process. A forked process has no such
    thread: call ``__init__`` again there.
    """

    BATCH_SIZE: int
    PAUSE_SECONDS: float

    def __init__(self) -> None:
        self._waiting: dict[K, V] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._flushing = False

    def flush(self, timeout: float | None = None) -> None:
        """Wait until all values are flushed or dropped."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting and not self._flushing, timeout
            )

    @abstractmethod
    def _flush_batch(self, batch: dict[K, V]) -> None:
        """Send the batch; a failure must raise nothing."""

    def _enqueue(self, key: K, value: V) -> None:
        """Add a value; the caller holds ``_changed``."""
        self._waiting[key] = value
        if self._thread is None:
            name = type(self).__name__.lower()
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            self._flush_batch(self._next_batch())
            with self._changed:
                self._flushing = False
                self._changed.notify_all()
            time.sleep(self.PAUSE_SECONDS)

    def _next_batch(self) -> dict[K, V]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            batch = dict(islice(self._waiting.items(), self.BATCH_SIZE))
            for key in batch:
                del self._waiting[key]
            self._flushing = True
            return batch
