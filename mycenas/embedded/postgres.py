"""The embedded PostgreSQL: one data folder, one Unix socket, no network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from mycenas.embedded import programs, roles
from mycenas.embedded.placement import place
from mycenas.embedded.server import STEP, Server
from mycenas.embedded.terminal import CannotStart

PORT = "5432"
SUPERUSER = "postgres"
START_SECONDS = 60
RECOVERY_SECONDS = 600
START_TRIES = 20
BUILTIN_LOCALES_SINCE = 17
LOCALE = "C.UTF-8"

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "",
    # Rows and statements of errors hold what people typed: none in the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    # A row that was acknowledged must outlive a crash of the machine.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

MISMATCH = """\
The database in {data} was written by PostgreSQL {old}, but this is PostgreSQL {new}.
Nothing has been changed. To move the data over, with the old programs still at hand:
  1. start the old server on {data} and run
     pg_dump --format=custom --file=mycenas.dump --username={superuser} {database}
  2. stop it and move {data} away
  3. start again (this makes an empty database), then run
     pg_restore --clean --if-exists --username={superuser} --dbname={database} mycenas.dump
Or set DATABASE_URL to a server that still runs PostgreSQL {old}."""  # noqa: E501


class Postgres(Server):
    """The database."""

    name = "postgres"
    socket_name = f".s.PGSQL.{PORT}"
    # Open connections are cut, committed work is kept.
    stop_signal = signal.SIGINT
    patience = 30

    def __init__(self, folder: Path, **options: Any) -> None:
        """Choose the programs, the account and the place of the data."""
        super().__init__(folder, **options)
        self._place = place(programs.find_postgres(), folder, self._say)
        self.folder = self._place.data

    def url(self, role: str) -> str:
        """The address for one role, as Django's settings read it."""
        host = quote(str(self._sockets))
        return f"postgres://{role}@/{roles.DATABASE}?host={host}&port={PORT}"

    def start(self) -> None:
        """Create the data folder if need be, start the server, ensure the roles."""
        account = self._place.account
        owner = account.pw_uid if account else os.geteuid()
        self._ensure_data()
        self._refuse_other_version()
        self._find_sockets(owner)
        self._stop_leftover()
        # The helpers of a killed server hold the folder for another moment.
        for _ in range(START_TRIES):
            self._find_sockets(owner)
            self.launch(self._command(), env=_environment(), **self._place.options())
            if self._is_ready_in_time():
                roles.ensure(self._server)
                return
            self.stop()
            time.sleep(10 * STEP)
        raise CannotStart(
            f"PostgreSQL does not start. The end of its log:\n{self._log_tail()}"
        )

    @property
    def _server(self) -> str:
        host = str(self._sockets)
        return make_conninfo(host=host, port=PORT, user=SUPERUSER, connect_timeout=3)

    def _ensure_data(self) -> None:
        data = self.folder
        if data.exists():
            self._place.give(data)
            return
        self._say(self.name, f"creating a database in {data}")
        # The name appears when the folder is complete, so a start that was cut
        # short leaves nothing that looks like a database.
        unfinished = data.with_name(f"{data.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._place.give(unfinished)
        self._run(
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--auth-local=trust",
            "--auth-host=reject",
            "--data-checksums",
            "--no-instructions",
            *_locale_arguments(programs.major_version(self._place.programs)),
            *([] if self._durable else ["--no-sync"]),
        )
        unfinished.rename(data)

    def _run(self, program: str, *arguments: str) -> None:
        answer = subprocess.run(
            self._place.command(program, *arguments),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=_environment(),
            **self._place.options(),
        )
        if answer.returncode != 0:
            output = answer.stdout + answer.stderr
            raise CannotStart(f"{program} failed:\n{output}".rstrip())

    def _refuse_other_version(self) -> None:
        data = self.folder
        old = (data / "PG_VERSION").read_text().strip()
        new = programs.major_version(self._place.programs)
        if old != str(new):
            names = {"superuser": SUPERUSER, "database": roles.DATABASE}
            raise CannotStart(MISMATCH.format(data=data, old=old, new=new, **names))

    def _stop_leftover(self) -> None:
        if self._ping() == Ping.NO_RESPONSE:
            return
        self._say(self.name, "stopping the server that an earlier run left behind")
        options = ("--mode=fast", "--wait", f"--timeout={self.patience}")
        self._run("pg_ctl", "stop", f"--pgdata={self.folder}", *options)

    def _ping(self) -> int:
        return PGconn.ping(self._server.encode())

    def _command(self) -> list[str]:
        settings = SETTINGS | ({} if self._durable else THROWAWAY)
        settings["unix_socket_directories"] = f'"{self._sockets}"'
        pairs = [f"--{name}={value}" for name, value in settings.items()]
        return self._place.command("postgres", "-D", str(self.folder), *pairs)

    def _is_ready_in_time(self) -> bool:
        started = time.monotonic()
        while self.exit_code is None:
            answer = self._ping()
            if answer == Ping.OK:
                return True
            limit = RECOVERY_SECONDS if answer == Ping.REJECT else START_SECONDS
            if time.monotonic() - started > limit:
                break
            time.sleep(STEP)
        return False


def _environment() -> dict[str, str]:
    # Whatever PG* variables the person has set are for other servers.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _locale_arguments(major: int) -> list[str]:
    # The builtin provider makes lower() and ILIKE know all letters; pg_trgm asks the
    # system's locale instead. Both parts count.
    system = f"--locale={LOCALE}"
    if major < BUILTIN_LOCALES_SINCE:
        return [system]
    return ["--locale-provider=builtin", f"--builtin-locale={LOCALE}", system]
