"""Both embedded servers as one thing to start, ask for addresses, and stop."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import psycopg

from mycenas.embedded import folder, roles
from mycenas.embedded.guard import Guard
from mycenas.embedded.postgres import Postgres
from mycenas.embedded.server import Say, Server
from mycenas.embedded.terminal import CannotStart
from mycenas.embedded.valkey import Valkey

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
NOTE = "addresses.json"
# Seconds before a server that does not start again is tried once more.
REVIVAL_PAUSE = 10.0


class Servers:
    """What runs for one data folder; a context manager that stops it at the end."""

    def __init__(
        self, data_dir: Path, *, durable: bool, environ: Mapping[str, str], say: Say
    ) -> None:
        """Lock the folder; nothing is started yet."""
        self.data_dir = folder.prepare(data_dir)
        self._lock = folder.claim(self.data_dir, say)
        self.guard = Guard(held=(self._lock,))
        self._given = {name: environ[name] for name in ADDRESSES if environ.get(name)}
        self._options: dict[str, Any] = {
            "durable": durable, "guard": self.guard, "say": say
        }  # fmt: skip
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._ended: dict[str, str] = {}
        self._next_try = 0.0

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the site finds its database, cache and broker."""
        found: dict[str, str] = {}
        if self._postgres is not None:
            found["DATABASE_URL"] = self._postgres.url(roles.APP)
            found["DATABASE_OWNER_URL"] = self._postgres.url(roles.OWNER)
        if self._valkey is not None:
            found["REDIS_URL"] = self._valkey.url
        return found | self._given

    @property
    def running(self) -> dict[str, Server]:
        """The embedded servers by name."""
        return {one.name: one for one in (self._postgres, self._valkey) if one}

    @property
    def pids(self) -> dict[str, int]:
        """The processes of the embedded servers by name."""
        return {name: one.pid for name, one in self.running.items() if one.pid}

    def start(self) -> None:
        """Start what no given address replaces, and note down the addresses."""
        if "DATABASE_OWNER_URL" in self._given and "DATABASE_URL" not in self._given:
            message = "DATABASE_OWNER_URL is set but DATABASE_URL is not: set both."
            raise CannotStart(message)
        if "DATABASE_URL" not in self._given:
            self._postgres = Postgres(self.data_dir / "postgres", **self._options)
        if "REDIS_URL" not in self._given:
            self._valkey = Valkey(self.data_dir / "valkey", **self._options)
        for server in self.running.values():
            server.start()
        note = self.data_dir / NOTE
        note.touch(mode=0o600)
        note.write_text(json.dumps(self.environment, indent=2))

    def revive(self) -> list[str]:
        """Start again what has ended by itself; returns a sentence for each."""
        for name, server in self.running.items():
            code = server.exit_code
            if code is not None:
                server.stop()
                self._ended[name] = f"{name} stopped with exit code {code}"
        due = time.monotonic() >= self._next_try
        return [self._start_again(name) for name in [*self._ended] if due]

    def _start_again(self, name: str) -> str:
        """A server that does not start now is tried again: the site goes on."""
        server = self.running[name]
        try:
            server.stop()
            server.start()
        except (CannotStart, OSError, psycopg.Error) as error:
            self._next_try = time.monotonic() + REVIVAL_PAUSE
            return f"{error}\n{name} is tried again in {REVIVAL_PAUSE:g} s"
        return f"{self._ended.pop(name)}; it runs again"

    def stop(self) -> None:
        """Stop the cache, then the database, then let others use the folder."""
        (self.data_dir / NOTE).unlink(missing_ok=True)
        for server in reversed(list(self.running.values())):
            server.stop()
        self.guard.close()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_reason: object) -> None:
        self.stop()


def start(
    data_dir: Path,
    *,
    durable: bool = True,
    environ: Mapping[str, str] = os.environ,
    say: Say = lambda _name, _text: None,
) -> Servers:
    """Start the servers that `environ` gives no address for.

    `durable=False` trades safety for speed and is for tests. Progress is reported to
    `say`. Raises `CannotStart` with the ways out.
    """
    servers = Servers(data_dir, durable=durable, environ=environ, say=say)
    try:
        servers.start()
    except BaseException:
        servers.stop()
        raise
    return servers


def running_addresses(data_dir: Path) -> dict[str, str] | None:
    """The addresses of a run that holds the folder, or None if there is none."""
    if not folder.is_claimed(data_dir) or not (data_dir / NOTE).exists():
        return None
    found: dict[str, str] = json.loads((data_dir / NOTE).read_text())
    return found
