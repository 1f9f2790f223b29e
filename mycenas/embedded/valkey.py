"""The embedded Valkey (or Redis): one folder, one Unix socket, no network."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from mycenas.embedded import programs
from mycenas.embedded.errors import CannotStart
from mycenas.embedded.guard import Guard, Ward
from mycenas.embedded.logfile import LogFile
from mycenas.embedded.placement import Say
from mycenas.embedded.sockets import release, socket_folder

NAME = "valkey"
SOCKET = "valkey.sock"
# Some 200,000 messages. When it is full, writing fails, and the site goes on without.
MAX_MEMORY = "256mb"
STEP = 0.05
START_SECONDS = 30
STOP_SECONDS = 10


class Valkey:
    """Starts, watches and stops one server. Not for use from several threads."""

    def __init__(self, folder: Path, *, durable: bool, guard: Guard, say: Say) -> None:
        """`folder` holds the append-only file; its parent must exist."""
        self._folder = folder
        self._durable = durable
        self._guard = guard
        self._say = say
        self.log = LogFile(folder.parent / "log" / "valkey.log")
        self._program = programs.find_valkey()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket = folder / SOCKET

    @property
    def pid(self) -> int | None:
        """The server's process while it has one."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """The exit code of a server that has ended by itself."""
        return self._process.poll() if self._process else None

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"unix://{quote(str(self._socket))}?db=0"

    def start(self) -> None:
        """Start the server on what the folder holds."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        folder = socket_folder(self._folder, SOCKET, os.geteuid())
        self._socket = folder / SOCKET
        self._stop_leftover()
        self._launch()
        self._wait_until_ready()

    def stop(self) -> None:
        """End the server after it has written what it holds."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._guard.forget(process.pid)
        self._process = None
        release(self._socket.parent, self._folder)

    def _stop_leftover(self) -> None:
        if self._ask(b"PING") is None:
            return
        self._say(NAME, "stopping the server that an earlier run left behind")
        self._ask(b"SHUTDOWN")
        deadline = time.monotonic() + STOP_SECONDS
        while self._ask(b"PING") is not None:
            if time.monotonic() > deadline:
                message = f"A server on {self._socket} does not stop."
                raise CannotStart(message)
            time.sleep(STEP)

    def _launch(self) -> None:
        with self.log.opened() as output:
            self._process = subprocess.Popen(
                [str(self._program), *self._arguments()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
            )
        self._guard.watch(
            Ward(
                self._process.pid,
                stop_signal=signal.SIGTERM,
                patience=STOP_SECONDS,
                is_group=False,
                is_server=True,
            )
        )

    def _arguments(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "daemonize": "no",
            "loglevel": "warning",
            # Queues must not be thrown out to make room.
            "maxmemory-policy": "noeviction",
            "maxmemory": MAX_MEMORY,
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
        }
        pairs = [(f"--{name}", value) for name, value in options.items()]
        return [part for pair in pairs for part in pair]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._ask(b"PING") != b"+PONG":
            if self.exit_code is not None or time.monotonic() > deadline:
                self.stop()
                words = self.log.tail()
                message = f"{self._program.name} does not start:\n{words}"
                raise CannotStart(message)
            time.sleep(STEP)

    def _ask(self, command: bytes) -> bytes | None:
        """The first line of the answer; None if nobody listens."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(self._socket))
            client.sendall(command + b"\r\n")
            return client.recv(200).partition(b"\r\n")[0]
        return None
