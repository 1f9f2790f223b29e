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
from pathlib import Path
from typing import Any

STEP = 0.05
# All that a Python may need of the environment; the rest may be secret.
HARMLESS = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LC_ALL")


@dataclasses.dataclass(frozen=True)
class Ward:
    """One process on the list, and how it wants to be stopped."""

    pid: int
    stop_signal: int = signal.SIGTERM
    patience: float = 5.0
    is_group: bool = True
    is_server: bool = False

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
        """The guard's own process."""
        return self._process.pid

    def watch(self, ward: Ward) -> None:
        """Put a process on the list."""
        self._wards[ward.pid] = ward
        self._send({"watch": dataclasses.asdict(ward)})

    def forget(self, pid: int) -> None:
        """Take a process that has ended off the list."""
        self._wards.pop(pid, None)
        self._send({"forget": pid})

    def remove_folder(self, folder: Path) -> None:
        """Have `folder` deleted after everything on the list has been stopped."""
        self._folder = folder
        self._send({"remove": str(folder)})

    def ensure(self) -> None:
        """Start the guard again if it has been killed."""
        if self._process.poll() is not None:
            self._relaunch()

    def close(self) -> None:
        """Let the guard end; whatever is still on the list is stopped by it."""
        stdin = self._process.stdin
        if stdin is not None:
            stdin.close()
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

    def _relaunch(self) -> None:
        self._process = self._launch()
        for ward in [*self._wards.values()]:
            self.watch(ward)
        if self._folder is not None:
            self.remove_folder(self._folder)

    def _send(self, message: dict[str, Any]) -> None:
        stdin = self._process.stdin
        try:
            if stdin is not None:
                stdin.write(json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            self._process.wait()
            self._relaunch()


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


def stop_all(wards: list[Ward]) -> None:
    """Ask each to stop, wait as long as each may take, then end the rest by force."""
    for ward in wards:
        ward.send(ward.stop_signal)
    started = time.monotonic()
    for ward in wards:
        deadline = started + ward.patience
        while is_running(ward.pid) and time.monotonic() < deadline:
            time.sleep(STEP)
        if ward.is_group or is_running(ward.pid):
            ward.send(signal.SIGKILL)


def main() -> None:
    """Keep the list until the owner closes the pipe, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    wards: dict[int, Ward] = {}
    folder: str | None = None
    for line in sys.stdin:
        message = json.loads(line)
        if "watch" in message:
            wards[message["watch"]["pid"]] = Ward(**message["watch"])
        elif "forget" in message:
            wards.pop(message["forget"], None)
        else:
            folder = message["remove"]
    stop_all([ward for ward in wards.values() if not ward.is_server])
    stop_all([ward for ward in wards.values() if ward.is_server])
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
