"""Many slow senders from one light thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

from benchmarks.phase_one.processes import HOST

STEP_SECONDS = 1.0


class Crowd:
    """Each sends a little every second; nobody comes to an end."""

    def __init__(self, port: int, heads: Sequence[bytes], bytes_a_second: int) -> None:
        self._port = port
        self._heads = heads
        self._piece = bytes(int(bytes_a_second * STEP_SECONDS))
        self._lines: list[socket.socket] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Crowd:
        for head in self._heads:
            line = socket.create_connection((HOST, self._port), 60)
            line.sendall(head)
            line.setblocking(False)
            self._lines.append(line)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for line in self._lines:
            line.close()

    def _run(self) -> None:
        share = STEP_SECONDS / max(1, len(self._lines))
        while True:
            for line in self._lines:
                if self._over.wait(share):
                    return
                with suppress(OSError):
                    line.send(self._piece)
