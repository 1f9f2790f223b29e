"""The whole site as processes of its own, started by the real launcher."""

from __future__ import annotations

import email
import email.policy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from environ import Env
from psycopg.rows import TupleRow

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "lion-gate-at-noon"
PATIENCE = 90.0
STEP = 0.1

# What the tests' own settings and servers put into the environment.
FOREIGN = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY",
    "DEBUG", "EMAIL_URL", "BASE_URL", "LOG_LEVEL", "DJANGO_SETTINGS_MODULE",
)  # fmt: skip

# Django has to know its settings before anything of the site is imported.
SEEDING = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "mycenas.settings"
django.setup()
from tests.journeys import seeding
seeding.main(*sys.argv[1:])
"""

Found = TypeVar("Found")


def until(what: str, find: Callable[[], Found]) -> Found:
    """Ask until the answer is true, and return it; fail with `what` if it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(STEP)
    return found


class Stack:
    """A running site, seen from outside: addresses, processes, rows, files, mail."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """`folder` is empty and has a short path; `settings` go to the environment."""
        self.folder = folder
        self.mail_folder = folder / "mail"
        self._ready = folder / "ready.json"
        self._log = folder / "log"
        self._environment = {
            **{name: text for name, text in os.environ.items() if name not in FOREIGN},
            "DATA_DIR": str(folder / "data"),
            "PORT": "0",
            "EMAIL_URL": f"filemail:///{self.mail_folder}",
            "DEMO_PASSWORD": PASSWORD,
            # Thirty small files a minute; a file weighs a megabyte at least.
            "PACE_PARTICIPANT": "30M/m",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when everything answers."""
        command = (
            sys.executable, "-m", "mycenas.embedded", "run", "--no-demo",
            "--with-parent", "--ready-file", str(self._ready),
        )  # fmt: skip
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until("the site is up", self._is_up)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        return self._ready.exists()

    def stop(self) -> int | None:
        """Ask for the end; returns the exit code.

        Not by Ctrl-C, which programs in the background are made to ignore.
        """
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """For what did not stop when asked; the guard ends the rest."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        """Everything that the launcher has shown so far."""
        return self._log.read_text(errors="replace")

    @property
    def facts(self) -> dict[str, Any]:
        """The ready file as it is now: restarts change the processes."""
        facts: dict[str, Any] = json.loads(self._ready.read_text())
        return facts

    @property
    def base_url(self) -> str:
        return str(self.facts["base_url"])

    @property
    def data_dir(self) -> Path:
        return Path(self.facts["data_dir"])

    def pid(self, name: str) -> int:
        """The process of one program, the leader of its group, once it runs (again)."""
        return int(until(f"{name} runs", lambda: self.facts["pids"].get(name)))

    def sql(self, query: str, *values: object) -> list[TupleRow]:
        """Run one statement as the site's own database role; the rows it gives."""
        parts = Env.db_url_config(self.facts["database_url"])
        with psycopg.connect(
            dbname=parts["NAME"], user=parts["USER"], **parts["OPTIONS"]
        ) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def state_of(self, token: str) -> str:
        """The state of the entry with this token."""
        query = "SELECT state FROM submissions_submission WHERE token = %s"
        return str(self.sql(query, token)[0][0])

    def original_of(self, token: str) -> bytes:
        """What was kept of the file, byte for byte."""
        query = "SELECT original FROM submissions_submission WHERE token = %s"
        ((name,),) = self.sql(query, token)
        return self.data_dir.joinpath("originals", str(name)).read_bytes()

    def mails(self, to: str, words: str = "") -> list[EmailMessage]:
        """Mails to an address whose subject or text has the words."""
        sent = (
            email.message_from_bytes(text, policy=email.policy.default)
            for path in sorted(self.mail_folder.glob("*"))
            for text in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
        )
        return [one for one in sent if one["To"] == to and words in told(one)]

    def run(
        self, *command: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as an operator would, with the addresses of the servers."""
        return subprocess.run(
            (
                sys.executable, "-m", "mycenas.embedded", "exec",
                "--data-dir", str(self.data_dir), "--", *command,
            ),
            cwd=ROOT,
            env={**self._environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )  # fmt: skip

    def seed(self, *arguments: str) -> Any:
        """Run `tests.journeys.seeding` inside the site's environment; its answer."""
        answer = self.run(sys.executable, "-c", SEEDING, *arguments)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout.splitlines()[-1])


def told(mail: EmailMessage) -> str:
    """Subject and text of a mail."""
    return f"{mail['Subject']}\n{mail.get_content()}"


@contextmanager
def running_stack(**settings: str) -> Iterator[Stack]:
    """A site of one's own; it must end by itself when asked to, and with code 0."""
    # Unix sockets below it allow about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="mycenas-", dir="/tmp"))
    stack = Stack(folder, **settings)
    try:
        stack.start()
        yield stack
        assert stack.stop() == 0, stack.said()
    finally:
        stack.kill()
        shutil.rmtree(stack.folder, ignore_errors=True)
