"""Finding the processes that decode, from outside: by what they were started with."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SANDBOX = b"mycenas.imaging.sandbox"
STEP = 0.02
# More than a decoder was ever started with.
LONGEST = 8192


@dataclass(frozen=True)
class Decoder:
    """A child that decodes, and the process that waits for it."""

    pid: int
    parent: int


def decoder_of(public_id: str) -> Decoder | None:
    """The process that decodes this entry's original now."""
    key = f"-{public_id}".encode()
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            words = _words_of(name)
            if SANDBOX in words and key in words:
                facts = Path("/proc", name, "stat").read_text().rpartition(")")[2]
                return Decoder(int(name), parent=int(facts.split()[1]))
    return None


def _words_of(process: str) -> bytes:
    """What a process was started with; without ceremony, it is asked for all often."""
    descriptor = os.open(f"/proc/{process}/cmdline", os.O_RDONLY)
    try:
        return os.read(descriptor, LONGEST)
    finally:
        os.close(descriptor)


class Hunter:
    """Kills each process that decodes one entry, until told to stop."""

    def __init__(self, public_id: str) -> None:
        self._public_id = public_id
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._hunt)
        self.killed: set[int] = set()

    def _hunt(self) -> None:
        while not self._stopped.wait(STEP):
            found = decoder_of(self._public_id)
            if found is not None:
                with suppress(ProcessLookupError):
                    os.kill(found.pid, signal.SIGKILL)
                    self.killed.add(found.pid)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


def caught(public_id: str, patience: float) -> Decoder | None:
    """The decoder of an entry, stopped in the middle; None if it was too quick."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = decoder_of(public_id)
        if found is not None:
            with suppress(ProcessLookupError):
                os.kill(found.pid, signal.SIGSTOP)
                return found
        time.sleep(STEP)
    return None
