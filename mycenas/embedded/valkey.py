"""The embedded Valkey (or Redis): one folder, one Unix socket, no network."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
from urllib.parse import quote

from mycenas.embedded import programs
from mycenas.embedded.server import STEP, Server
from mycenas.embedded.terminal import CannotStart

# Some 200,000 messages. When it is full, writing fails, and the site goes on without.
MAX_MEMORY = "256mb"
START_SECONDS = 30


class Valkey(Server):
    """The cache and broker."""

    name = "valkey"
    socket_name = "valkey.sock"
    patience = 10

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"unix://{quote(str(self._sockets / self.socket_name))}?db=0"

    def start(self) -> None:
        """Start the server on what the folder holds."""
        program = programs.find_valkey()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._find_sockets(os.geteuid())
        self._stop_leftover()
        options = ((f"--{name}", value) for name, value in self._options().items())
        self.launch([str(program), *itertools.chain.from_iterable(options)])
        if not self._becomes(b"+PONG", START_SECONDS):
            self.stop()
            raise CannotStart(f"{program.name} does not start:\n{self._log_tail()}")

    def _stop_leftover(self) -> None:
        if self._ask(b"PING") is None:
            return
        self._say(self.name, "stopping the server that an earlier run left behind")
        self._ask(b"SHUTDOWN")
        if not self._becomes(None, self.patience):
            raise CannotStart(f"A server in {self._sockets} does not stop.")

    def _becomes(self, answer: bytes | None, seconds: float) -> bool:
        """Whether the server comes to answer so in time, and does not end before."""
        deadline = time.monotonic() + seconds
        while self._ask(b"PING") != answer:
            if self.exit_code is not None or time.monotonic() > deadline:
                return False
            time.sleep(STEP)
        return True

    def _options(self) -> dict[str, str]:
        return {
            "port": "0",
            "unixsocket": str(self._sockets / self.socket_name),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "daemonize": "no",
            "loglevel": "warning",
            # Queues must not be thrown out to make room.
            "maxmemory-policy": "noeviction",
            "maxmemory": MAX_MEMORY,
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
        }

    def _ask(self, command: bytes) -> bytes | None:
        """The first line of the answer; None if nothing listens."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(self._sockets / self.socket_name))
            client.sendall(command + b"\r\n")
            return client.recv(200).partition(b"\r\n")[0]
        return None
