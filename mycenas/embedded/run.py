"""Brings up the whole site on this machine and keeps it up until asked to stop."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from mycenas.embedded import folder, servers
from mycenas.embedded.processes import Program, Supervisor
from mycenas.embedded.terminal import CannotStart, Console, Stopped, StopRequest
from mycenas.embedded.web import HOST, Address

ROOT = Path(__file__).resolve().parents[2]
WEB_SECONDS = 90.0
WORKER_SECONDS = 30.0
# Pauses, in seconds, before the demonstration is tried again.
SEED_PAUSES = (1.0, 2.0, 4.0, 8.0)
MIGRATE_TRIES = 3
WEB_OPTIONS = (
    *("--no-access-log", "--timeout-graceful-shutdown", "5"),
    # The setting TRUSTED_PROXIES alone decides which addresses are trusted.
    *("--no-proxy-headers", "--ws", "none"),
    # Limits on request heads and connections, see docs/operations.md.
    *("--http", "mycenas.serving.protocol:BoundedProtocol"),
)
OFF = ("", "0", "false", "no", "off")

LOGINS = ("admin", "organizer", "moderator", "artist", "juror", "sponsor")
RULE = "-" * 72
BANNER = """\
{rule}
Mycenas is up:  {url}/          staff desk:  {url}/admin/
{logins}
Data:           {data}
Stop:           Ctrl-C (the data stays)
{rule}"""


class Site:
    """The programs of the site on top of the servers."""

    def __init__(
        self,
        running: servers.Servers,
        console: Console,
        stop: StopRequest,
        ready_file: Path | None,
    ) -> None:
        """Choose port, secrets and environment; nothing is started yet."""
        self._ready_file = ready_file
        self._servers = running
        self._console = console
        self._stop = stop
        self._address = Address(os.environ.get("PORT") or "8000")
        self._data = running.data_dir
        given = os.environ.get("DEMO_PASSWORD")
        self._password = folder.demo_password(self._data, given)
        self._environment = {
            "SECRET_KEY": folder.secret_key(self._data),
            "DEBUG": "1",
            "BASE_URL": self._address.url,
            **os.environ,
            "DATA_DIR": str(self._data),
            "DEMO_PASSWORD": self._password,
            "PORT": str(self._address.port),
            "PYTHONUNBUFFERED": "1",
            **running.environment,
        }
        self._supervisor = Supervisor(console, running.guard, on_tick=self._on_tick)
        for server in running.running:
            self._supervisor.add(server)
        self._noted: dict[str, int] | None = None

    def serve(self, *, with_demo: bool) -> None:
        """Start everything in order, then look after it until `Stopped` is raised."""
        # One that a killed run left behind must not be taken for this run's.
        self._remove_ready_file()
        try:
            self._prepare()
            self._start_programs()
            if with_demo:
                self._fill()
            self._announce(with_demo)
            while True:
                self._supervisor.tick()
        finally:
            self._say("stopping …")
            self._supervisor.stop_programs(is_urgent=lambda: self._stop.is_urgent)
            self._show_servers()
            self._remove_ready_file()

    def _say(self, text: str) -> None:
        self._console.say("run", text)

    def _on_tick(self) -> None:
        self._stop.check()
        self._show_servers()
        if self._noted not in (None, self._pids()):
            self._write_ready_file()

    def _show_servers(self) -> None:
        for server in self._servers.running:
            for line in server.new_lines():
                self._console.say(server.name, line)

    def _pids(self) -> dict[str, int]:
        own = {"run": os.getpid(), "guard": self._servers.guard.pid}
        return own | self._supervisor.pids

    def _prepare(self) -> None:
        self._once("migrate", "bringing the database up to date", "--no-input")
        if self._environment["DEBUG"].lower() in OFF:
            self._once("collectstatic", "collecting static files", "--no-input")

    def _once(self, command: str, what: str, *arguments: str) -> None:
        """Run a command that the site cannot start without."""
        for tries_left in reversed(range(MIGRATE_TRIES)):
            crashes = self._supervisor.crashes
            code = self._command(command, what, *arguments)
            if code == 0:
                return
            # A signal, or a server that ended under it, is no fault of the command.
            if not tries_left or (code > 0 and crashes == self._supervisor.crashes):
                break
        raise CannotStart(
            f"`manage.py {command}` failed with exit code {code}; see above."
        )

    def _command(self, command: str, what: str, *arguments: str) -> int:
        self._say(f"{what} …")
        program = self._program(command, "manage.py", command, *arguments)
        return self._supervisor.run(program)

    def _program(self, name: str, *arguments: str, patience: float = 10) -> Program:
        return Program(
            name,
            [sys.executable, *arguments],
            {"env": self._environment, "cwd": ROOT},
            self._console,
            self._servers.guard,
            patience,
        )

    def _start_programs(self) -> None:
        self._say("starting web, worker, beat and sweep …")
        schedule = self._data / "beat" / "schedule"
        schedule.parent.mkdir(exist_ok=True)
        celery = ("-m", "celery", "-A", "mycenas")
        pool = ("--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO")
        web = ("--host", HOST, "--port", str(self._address.port), *WEB_OPTIONS)
        worker = self._program("worker", *celery, "worker", *pool, patience=15)
        for program in (
            self._program("web", "-m", "uvicorn", "mycenas.asgi:application", *web),
            worker,
            self._program("beat", *celery, "beat", "--schedule", str(schedule)),
            self._program("sweep", "manage.py", "sweep", "--forever"),
        ):
            program.start()
            self._supervisor.add(program)
        self._wait_until_up(worker)

    def _answers_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._address.answers("/healthz/live"):
            self._supervisor.tick()
            if time.monotonic() > deadline:
                return False
        return True

    def _wait_until_up(self, worker: Program) -> None:
        started = time.monotonic()
        if not self._answers_within(WEB_SECONDS):
            raise CannotStart(
                f"The site does not answer on {self._address.url}; see above."
            )
        while not worker.has_said(b"ready"):
            self._supervisor.tick()
            if time.monotonic() - started > WORKER_SECONDS:
                self._say("the worker has not reported yet; going on without it")
                break
        self._supervisor.gives_up = False

    def _fill(self) -> None:
        """Complete the demonstration; the site stays up even if that fails."""
        tries = len(SEED_PAUSES) + 1
        for number, pause in enumerate((*SEED_PAUSES, 0), start=1):
            what = "looking after the demo data"
            code = self._command("demo", what, "--base-url", self._address.url)
            if code == 0:
                return
            then = "The next start continues the seeding."
            if pause:
                then = f"Try {number + 1} of {tries} in {pause:g} s"
            failed = f"the demo data is not complete (exit code {code}, see above)"
            self._say(f"{failed}; the site stays up. {then}")
            if pause:
                self._supervisor.pause(pause)
                self._answers_within(WEB_SECONDS)

    def _announce(self, with_demo: bool) -> None:
        self._write_ready_file()
        url = self._address.url
        logins = f"Sign in at:     {url}/accounts/login/"
        if with_demo:
            people = "\n                ".join(f"{one}@example.org" for one in LOGINS)
            logins += f"\nDemo logins:    {people}\nPassword:       {self._password}"
        banner = BANNER.format(rule=RULE, url=url, logins=logins, data=self._data)
        self._console.plain(banner)

    def _write_ready_file(self) -> None:
        self._noted = self._pids()
        path = self._ready_file
        if path is None:
            return
        facts: dict[str, object] = {
            name.lower(): self._environment.get(name) for name in servers.ADDRESSES
        }
        facts |= {"base_url": self._address.url, "data_dir": str(self._data)}
        facts |= {"demo_password": self._password, "pids": self._noted}
        # Renamed into place, so that a reader never sees half of it.
        unfinished = path.with_name(f"{path.name}.new")
        try:
            unfinished.touch(mode=0o600)
            unfinished.write_text(json.dumps(facts, indent=2))
            unfinished.rename(path)
        except OSError as error:
            self._say(f"{path} could not be written: {error.strerror}")

    def _remove_ready_file(self) -> None:
        """For the run that holds the data folder only: another one's file stays."""
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)


def run(with_demo: bool, with_parent: bool, ready_file: Path | None) -> int:
    """Everything from start to end; returns the exit code.

    `ready_file` is written once all is up, and when processes have changed.
    """
    console = Console()
    stop = StopRequest(with_parent)
    started = time.monotonic()
    data_dir = Path(os.environ.get("DATA_DIR") or ROOT / "var")
    try:
        console.say("run", f"starting the servers on {data_dir} …")
        with servers.start(data_dir, say=console.say) as running:
            Site(running, console, stop, ready_file).serve(with_demo=with_demo)
    except Stopped as reason:
        lasted = f"{(time.monotonic() - started) / 60:.1f} min ({reason})"
        kept = f"the data stays in {data_dir}"
        console.say("run", f"stopped cleanly after {lasted}; {kept}")
        return 0
    except CannotStart as error:
        console.plain(f"\n{error}")
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        console.plain(f"\nThe site stopped: {named}{error.strerror or error}.")
    return 1
