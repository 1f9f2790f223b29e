"""Waking a worker: a message that may be lost, so it may never fail an act."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 15.0


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


def wake(task: str, *args: Any) -> bool:
    """Ask a worker to run ``task`` now; False if the broker did not take it.

    Costs at most about two seconds when Redis hangs, then nothing for 15 seconds.
    """
    if redis_breaker.is_open:
        return False
    try:
        with current_app.connection_for_write(
            transport_options={
                **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
                "socket_timeout": 1,
                "max_retries": 0,
            }
        ) as connection:
            current_app.send_task(task, args=args, connection=connection, retry=False)
    except Exception as error:
        redis_breaker.trip()
        logger.warning("Could not wake a worker for %s: %s", task, error)
        return False
    return True


def wake_after_commit(task: str, *args: Any) -> None:
    """``wake`` once the present transaction has committed."""
    transaction.on_commit(lambda: wake(task, *args), robust=True)
