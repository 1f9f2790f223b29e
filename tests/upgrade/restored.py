"""The fixture as a site: a database and a data folder of an earlier commit."""

from __future__ import annotations

import gzip
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
from environ import Env
from psycopg import sql

from tests.dropping import drop_database
from tests.upgrade.make import HERE, ROOT, SETTINGS

PATIENCE = 60.0
STEP = 0.05
FACTS: dict[str, Any] = json.loads((HERE / "facts.json").read_text())
CSRF = "c" * 32
# Of all who have one.
PASSWORD = "lion-gate-at-noon"
# Nobody listens there: what waits is done without Valkey.
NO_VALKEY = "redis://127.0.0.1:1/0"

# As if the visitors had begun a moment ago: windows do not wait for a test.
JUST_NOW = """
ALTER TABLE submissions_submission DISABLE TRIGGER USER;
UPDATE submissions_submission
  SET arrived_at = now() - interval '5 minutes',
      upload_until = now() + interval '1 hour'
  WHERE state = 'reserved';
"""
ALWAYS = """
SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tgrelid::regclass, tgname)
FROM pg_trigger
WHERE tgrelid = 'submissions_submission'::regclass AND NOT tgisinternal
"""
COLUMNS = """
SELECT table_name, array_agg(column_name::text ORDER BY column_name)
FROM information_schema.columns
WHERE table_schema = 'public' GROUP BY table_name
"""

# Table to rows, each named by its key, with its columns.
Rows = dict[str, dict[str, dict[str, Any]]]


class UnixConnection(HTTPConnection):
    """HTTP over the socket file that the site's web process listens on."""

    def __init__(self, path: Path) -> None:
        super().__init__("127.0.0.1", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self._path))


class Answer:
    """A response that was read to its end."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


class Restored:
    """One copy of the fixture; commands and the web process run on it."""

    def __init__(self, folder: Path, owner_url: str, site_url: str) -> None:
        self.name = f"upgrade_{secrets.token_hex(6)}"
        self.data = folder / "data"
        self.socket = folder / "web"
        self._parent = owner_url
        self.owner = _database(owner_url, self.name)
        self.environment = {
            **os.environ,
            **SETTINGS,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": _database(site_url, self.name),
            "DATABASE_OWNER_URL": self.owner,
            "DATA_DIR": str(self.data),
            "REDIS_URL": NO_VALKEY,
            "LOG_LEVEL": "WARNING",
        }

    def restore(self, *, hard_cases: bool = False) -> None:
        """Make the database and the folder; ``hard_cases`` are written by SQL."""
        with connected(self._parent) as connection:
            name = sql.Identifier(self.name)
            # Another template would grant the site's role more than the dump says.
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0")
            connection.execute(statement.format(name))
        with connected(self.owner) as connection:
            connection.execute(gzip.decompress((HERE / "database.sql.gz").read_bytes()))
        with connected(self.owner) as connection, connection.transaction():
            connection.execute(JUST_NOW)
            for (statement,) in connection.execute(ALWAYS).fetchall():
                connection.execute(statement)
        if hard_cases:
            self.execute((HERE / "hard_cases.sql").read_text())
        with tarfile.open(HERE / "data.tar.gz") as archive:
            archive.extractall(self.data, filter="tar")

    def drop(self) -> None:
        with connected(self._parent) as connection:
            drop_database(connection, self.name)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of today; its output is returned whatever it says."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def said(self, *arguments: str) -> str:
        """The same for a command that must succeed."""
        answer = self.manage(*arguments)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def query(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        with connected(self.owner) as connection:
            return connection.execute(text.encode(), values or None).fetchall()

    def execute(self, text: str) -> None:
        with connected(self.owner) as connection:
            connection.execute(text.encode())

    def rows(self) -> Rows:
        """Every row of every table, as PostgreSQL writes it in UTC."""
        with connected(self.owner) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            tables = connection.execute(COLUMNS).fetchall()
            return {name: _rows(connection, name) for name, _columns in tables}

    @contextmanager
    def web(self) -> Iterator[None]:
        """The site's web process."""
        command = [
            "-m", "uvicorn", "mycenas.asgi:application", "--no-access-log",
            "--http", "mycenas.serving.protocol:BoundedProtocol",
        ]  # fmt: skip
        with (self.data / "web.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *command, "--uds", str(self.socket)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
            try:
                self._wait(process)
                yield
            finally:
                process.terminate()
                process.wait(PATIENCE)

    def log(self) -> str:
        return (self.data / "web.log").read_text()

    def ask(
        self,
        address: str,
        *,
        by: str | None = None,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, signed in by the session that the earlier code made."""
        connection = UnixConnection(self.socket)
        cookies = f"sessionid={FACTS['sessions'][by]}; csrftoken={CSRF}" if by else ""
        given = {"Cookie": cookies, "X-CSRFToken": CSRF, **(headers or {})}
        try:
            connection.request(method, address, body, given)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def signs_in(self, login: str, password: str = PASSWORD) -> str | None:
        """Where the sign-in form leads; None if it says no."""
        form = {"login": login, "password": password, "csrfmiddlewaretoken": CSRF}
        answer = self.ask(
            "/accounts/login/",
            method="POST",
            body=urlencode(form).encode(),
            headers={
                "Cookie": f"csrftoken={CSRF}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        return answer.headers["Location"]

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            try:
                self.ask("/healthz/live")
            except OSError:
                time.sleep(STEP)
            else:
                return
        raise AssertionError(self.log())


@contextmanager
def restored() -> Iterator[Restored]:
    """A fresh copy of the fixture, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mycenas-"))
    owner, site = os.environ["DATABASE_URL"], os.environ["TESTS_SITE_URL"]
    copy = Restored(folder, owner, site)
    try:
        copy.restore(hard_cases=True)
        yield copy
    finally:
        copy.drop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    parts = Env.db_url_config(url)
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    given = {ours: parts[name] for name, ours in names.items() if parts.get(name)}
    with psycopg.connect(
        dbname=parts["NAME"], autocommit=True, **given, **parts.get("OPTIONS", {})
    ) as connection:
        yield connection


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _rows(connection: psycopg.Connection, table: str) -> dict[str, dict[str, Any]]:
    query = sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(table))
    found = [row for (row,) in connection.execute(query).fetchall()]
    return {_key(row): row for row in found}


def _key(row: dict[str, Any]) -> str:
    for name in ("id", "session_key", "impression_id"):
        if name in row:
            return str(row[name])
    return json.dumps(row, sort_keys=True)
