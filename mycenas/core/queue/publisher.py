"""Messages to workers, sent in the background so that no request waits for Valkey.

They may be lost, so a lost one never fails a request.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Any, Generic, TypeVar

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.messaging import Producer

logger = logging.getLogger(__name__)

BREAKER_SECONDS = 15.0
FLUSH_AT_EXIT_SECONDS = 2.0

K = TypeVar("K")
V = TypeVar("V")
# A task's name and its arguments.
Message = tuple[str, tuple[Any, ...]]


class CircuitBreaker:
    """Open for a while after a failure, so a server that hangs costs once."""

    def __init__(self) -> None:
        self._closes_at = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._closes_at

    def trip(self) -> None:
        self._closes_at = time.monotonic() + BREAKER_SECONDS


# Shared by everything in this process that talks to Redis.
redis_breaker = CircuitBreaker()


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


def enqueue(task: str, *args: Any) -> bool:
    """Send ``task`` to the broker now; return False if the broker did not take it.

    If Redis hangs this takes two seconds at most, and then nothing for 15 seconds.
    """
    publisher = Publisher()
    try:
        return publisher.send([(task, args)])
    finally:
        publisher.close()


class Publisher:
    """A connection to the broker, opened by the first message."""

    def __init__(self) -> None:
        self._producer: Producer | None = None

    def send(self, messages: Iterable[Message]) -> bool:
        """Send all messages; return False if the broker did not take them."""
        task = ""
        if redis_breaker.is_open:
            return False
        try:
            producer = self._open()
            for task, args in messages:
                current_app.send_task(task, args=args, producer=producer, retry=False)
        except Exception as error:
            redis_breaker.trip()
            self.close()
            logger.warning("Could not wake a worker for %s: %s", task, error)
            return False
        return True

    def close(self) -> None:
        """Close the connection; the next message opens a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                producer.connection.release()

    def _open(self) -> Producer:
        if self._producer is None:
            connection = current_app.connection_for_write(
                transport_options={
                    **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
                    "socket_timeout": 1,
                    "max_retries": 0,
                }
            )
            self._producer = current_app.amqp.Producer(connection)
        return self._producer


class TaskPublisher(BackgroundFlusher[Message, None]):
    """Publishes messages from a thread, so that no request waits for the broker.

    Equal messages are sent once. At most ten messages a second are sent and a hundred
    wait; more are dropped, because workers are busy for longer anyway and the sweep
    finds every entry without a message.
    """

    BATCH_SIZE = 5
    PAUSE_SECONDS = 0.5
    MOST = 100

    def __init__(self) -> None:
        super().__init__()
        self._publisher = Publisher()

    def publish(self, task: str, *args: Any) -> None:
        """Send the message soon, or drop it."""
        with self._changed:
            if len(self._waiting) < self.MOST:
                self._enqueue((task, args), None)

    def _flush_batch(self, load: dict[Message, None]) -> None:
        self._publisher.send(load)


task_publisher = TaskPublisher()
# A command may end right after its commit.
atexit.register(lambda: task_publisher.flush(FLUSH_AT_EXIT_SECONDS))
# Threads do not exist in a forked process.
os.register_at_fork(after_in_child=task_publisher.__init__)  # type: ignore[misc]


def enqueue_on_commit(task: str, *args: Any) -> None:
    """Publish ``task`` after the current transaction has committed."""
    transaction.on_commit(lambda: task_publisher.publish(task, *args), robust=True)
