"""Waking a worker: a message that may be lost, so it may never fail an act."""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.messaging import Producer

from mycenas.core.courier import Courier

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 15.0
GOODBYE_SECONDS = 2.0


class Breaker:
    """Stops asking for a while after a failure, so a hung Redis costs once."""

    def __init__(self) -> None:
        self._closed_again_at = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._closed_again_at

    def trip(self) -> None:
        self._closed_again_at = time.monotonic() + PAUSE_SECONDS


redis_breaker = Breaker()


# A task's name and its arguments.
Message = tuple[str, tuple[Any, ...]]


def wake(task: str, *args: Any) -> bool:
    """Ask a worker to run ``task`` now; False if the broker did not take it.

    Costs at most about two seconds when Redis hangs, then nothing for 15 seconds.
    """
    line = Line()
    try:
        return line.send([(task, args)])
    finally:
        line.close()


class Line:
    """A connection to the broker, made when there is something to say."""

    def __init__(self) -> None:
        self._producer: Producer | None = None

    def send(self, messages: Iterable[Message]) -> bool:
        """Send all; False if the broker did not take them."""
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
        """Hang up; the next message makes a new connection."""
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


class Messenger(Courier[Message, None]):
    """Sends from a thread of its own, so that nobody waits for the broker.

    Equal messages are one. In a rush it sends ten a second and forgets what goes beyond
    a hundred that wait: workers need longer for those already sent, and the sweep
    finds every entry that nobody was woken for.
    """

    AT_ONCE = 5
    PAUSE_SECONDS = 0.5
    MOST = 100

    def __init__(self) -> None:
        super().__init__()
        self._line = Line()

    def tell(self, task: str, *args: Any) -> None:
        """Send soon, or not at all."""
        with self._changed:
            if len(self._waiting) < self.MOST:
                self._put_down((task, args), None)

    def _carry(self, load: dict[Message, None]) -> None:
        self._line.send(load)


messenger = Messenger()
# A command may end right after its commit.
atexit.register(lambda: messenger.settle(GOODBYE_SECONDS))
# A thread does not follow into a forked process.
os.register_at_fork(after_in_child=messenger.__init__)  # type: ignore[misc]


def wake_after_commit(task: str, *args: Any) -> None:
    """Have a worker woken once the present transaction has committed."""
    transaction.on_commit(lambda: messenger.tell(task, *args), robust=True)
