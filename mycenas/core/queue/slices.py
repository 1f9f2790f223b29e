"""Long work on many rows, in slices: a worker is free for other tasks in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from mycenas.core.queue.publisher import enqueue

SLICE = timedelta(seconds=30)


def run_slice(
    task: str, keys: Iterable[int], *, clock: Callable[[], float] = time.monotonic
) -> bool:
    """Work for one slice and enqueue the rest as ``task``; True once all is done.

    Each step of ``keys`` does some of the work and yields the key of its row. The
    message carries the last one, so that any worker can continue. If it is lost, the
    next night starts again.
    """
    until = clock() + SLICE.total_seconds()
    for key in keys:
        if clock() >= until:
            enqueue(task, key)
            return False
    return True
