"""A small process that ends what its owner leaves behind.

The owner names the processes that it starts over a pipe. When the pipe closes, the
owner has ended, even if by SIGKILL, and the guard stops what is still on the list: the
programs, then the servers. It runs as a script and imports the standard library only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, cast

STEP = 0.05
# All that a Python may need of the environment; the rest may be secret.
HARMLESS = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LC_ALL")


@dataclasses.dataclass(frozen=True)
class Ward:
    """One process on the list, and how it wants to be stopped."""

    pid: int
    stop_signal: int
    patience: float
    is_group: bool
    is_server: bool

    def send(self, number: int) -> None:
        """Signal the process, with its whole group if it leads one."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            (os.killpg if self.is_group else os.kill)(self.pid, number)


class Guard:
    """The owner's end: keeps the list, and starts the guard again if it is killed."""

    def __init__(self, *, held: tuple[int, ...] = ()) -> None:
        """`held` are descriptors, such as a lock, kept open until the guard is done."""
        self._held = held
        self._wards: dict[int, Ward] = {}
        self._folder: Path | None = None
        self._process = self._launch()

    @property
    def pid(self) -> int:
        return self._process.pid

    def watch(self, ward: Ward) -> None:
        self._wards[ward.pid] = ward
        self._send()

    def forget(self, pid: int) -> None:
        self._wards.pop(pid, None)
        self._send()

    def remove_folder(self, folder: Path) -> None:
        """Have `folder` deleted after everything on the list has been stopped."""
        self._folder = folder
        self._send()

    def ensure(self) -> None:
        """Start the guard again if it has been killed."""
        if self._process.poll() is not None:
            self._process = self._launch()
            self._send()

    def close(self) -> None:
        """Let the guard end; whatever is still on the list is stopped by it."""
        cast("IO[bytes]", self._process.stdin).close()
        self._process.wait()

    def _launch(self) -> subprocess.Popen[bytes]:
        # The guard outlives its owner and must not keep its output open.
        return subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={name: os.environ[name] for name in HARMLESS if name in os.environ},
            start_new_session=True,
            pass_fds=self._held,
        )

    def _send(self) -> None:
        wards = [dataclasses.asdict(ward) for ward in self._wards.values()]
        state = {"wards": wards, "folder": self._folder and str(self._folder)}
        try:
            stdin = cast("IO[bytes]", self._process.stdin)
            stdin.write(json.dumps(state).encode() + b"\n")
        except BrokenPipeError:
            self._process.wait()
            self.ensure()


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than an unburied entry of the table."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return True


def stop_all(
    wards: Iterable[Ward],
    *,
    runs: Callable[[int], bool] = is_running,
    is_urgent: Callable[[], bool] = lambda: False,
) -> None:
    """Ask each to stop, and end by force what takes longer than it may.

    `is_urgent` turning true cuts the waiting short.
    """
    waiting, started = list(wards), time.monotonic()
    for ward in waiting:
        ward.send(ward.stop_signal)
    while waiting:
        for ward in list(waiting):
            if not runs(ward.pid):
                # Its own children may have outlived it, and hold a pipe or a port.
                if ward.is_group:
                    ward.send(signal.SIGKILL)
                waiting.remove(ward)
            elif time.monotonic() - started > ward.patience or is_urgent():
                ward.send(signal.SIGKILL)
        time.sleep(STEP if waiting else 0)


def main() -> None:
    """Keep the list until the owner closes the pipe, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    state: dict[str, Any] = {"wards": [], "folder": None}
    for line in sys.stdin:
        state = json.loads(line)
    wards = [Ward(**ward) for ward in state["wards"]]
    stop_all(ward for ward in wards if not ward.is_server)
    stop_all(ward for ward in wards if ward.is_server)
    if state["folder"] is not None:
        shutil.rmtree(state["folder"], ignore_errors=True)


if __name__ == "__main__":
    main()
