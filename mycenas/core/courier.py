"""A thread that takes what waits to a server, so that nobody waits for the server."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Courier(ABC, Generic[K, V]):
    """Carries what is put down with it, at most so much at once, and then pauses.

    What is put down under the same key while it waits is one thing. The thread begins
    with the first of them and ends with the process. It does not follow into a forked
    one: have the child call ``__init__`` again.
    """

    AT_ONCE: int
    PAUSE_SECONDS: float

    def __init__(self) -> None:
        self._waiting: dict[K, V] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._away = False

    def settle(self, timeout: float | None = None) -> None:
        """Wait until everything put down before was carried, or could not be."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting and not self._away, timeout
            )

    @abstractmethod
    def _carry(self, load: dict[K, V]) -> None:
        """Take it there, or fail to, but raise nothing."""

    def _put_down(self, key: K, value: V) -> None:
        """For who holds ``_changed``."""
        self._waiting[key] = value
        if self._thread is None:
            name = type(self).__name__.lower()
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            self._carry(self._load())
            with self._changed:
                self._away = False
                self._changed.notify_all()
            time.sleep(self.PAUSE_SECONDS)

    def _load(self) -> dict[K, V]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            load = dict(islice(self._waiting.items(), self.AT_ONCE))
            for key in load:
                del self._waiting[key]
            self._away = True
            return load
