"""Messages to workers. They may be lost, so a lost one never fails a request."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.messaging import Producer

from mycenas.core.queue.background import BackgroundFlusher
from mycenas.core.queue.circuit_breaker import redis_breaker

logger = logging.getLogger(__name__)

FLUSH_AT_EXIT_SECONDS = 2.0

# A task's name and its arguments.
Message = tuple[str, tuple[Any, ...]]


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
