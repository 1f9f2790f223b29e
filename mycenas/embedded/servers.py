"""Both embedded servers as one thing to start, ask for addresses, and stop."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mycenas.embedded import folder, roles
from mycenas.embedded.guard import Guard
from mycenas.embedded.postgres import Postgres
from mycenas.embedded.server import Say, Server
from mycenas.embedded.terminal import CannotStart
from mycenas.embedded.valkey import Valkey

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "REDIS_URL")
NOTE = "addresses.json"


@dataclass(frozen=True)
class Servers:
    """What runs for one data folder.

    `environment` has the variables with which the site finds its database, cache and
    broker: the given addresses, and those of the embedded servers that `running` lists.
    """

    data_dir: Path
    guard: Guard
    environment: dict[str, str]
    running: list[Server]

    @property
    def pids(self) -> dict[str, int]:
        """The processes of the embedded servers by name."""
        return {server.name: server.pid for server in self.running if server.pid}


@contextlib.contextmanager
def start(
    data_dir: Path,
    *,
    durable: bool = True,
    environ: Mapping[str, str] = os.environ,
    say: Say = lambda _name, _text: None,
) -> Iterator[Servers]:
    """Run the servers that `environ` gives no address for; the folder is locked.

    `durable=False` trades safety for speed and is for tests. Progress is reported to
    `say`. Raises `CannotStart` with the ways out.
    """
    given = {name: environ[name] for name in ADDRESSES if environ.get(name)}
    with contextlib.ExitStack() as stack:
        data_dir = folder.prepare(data_dir)
        lock = folder.claim(data_dir, say)
        stack.callback(os.close, lock)
        guard = stack.enter_context(contextlib.closing(Guard(held=(lock,))))
        if "DATABASE_OWNER_URL" in given and "DATABASE_URL" not in given:
            raise CannotStart(
                "DATABASE_OWNER_URL is set but DATABASE_URL is not: set both."
            )
        servers = Servers(data_dir, guard, given, [])
        options: dict[str, Any] = {"durable": durable, "guard": guard, "say": say}
        if "DATABASE_URL" not in given:
            postgres = Postgres(data_dir / "postgres", **options)
            _start(postgres, servers, stack)
            given["DATABASE_URL"] = postgres.url(roles.APP)
            given["DATABASE_OWNER_URL"] = postgres.url(roles.OWNER)
            given["DATABASE_BACKUP_URL"] = postgres.url(roles.BACKUP)
        if "REDIS_URL" not in given:
            valkey = Valkey(data_dir / "valkey", **options)
            _start(valkey, servers, stack)
            given["REDIS_URL"] = valkey.url
        note = data_dir / NOTE
        stack.callback(note.unlink, missing_ok=True)
        note.touch(mode=0o600)
        note.write_text(json.dumps(given, indent=2))
        yield servers


def _start(server: Server, servers: Servers, stack: contextlib.ExitStack) -> None:
    stack.callback(server.stop)
    server.start()
    servers.running.append(server)


def running_addresses(data_dir: Path) -> dict[str, str] | None:
    """The addresses of a run that holds the folder, or None if there is none."""
    note = data_dir / NOTE
    if not folder.is_claimed(data_dir) or not note.exists():
        return None
    found: dict[str, str] = json.loads(note.read_text())
    return found
