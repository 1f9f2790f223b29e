"""Runs one command with embedded servers under it."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mycenas.embedded import servers
from mycenas.embedded.folder import secret_key
from mycenas.embedded.guard import STEP, Guard
from mycenas.embedded.processes import Process
from mycenas.embedded.server import Say
from mycenas.embedded.terminal import CannotStart, Console, Stopped, StopRequest

# What a shell reports for a program that a signal has ended.
SIGNALED = 128


def execute(command: Sequence[str], data_dir: Path | None, with_parent: bool) -> int:
    """Run `command` and return its exit code.

    Without a data folder the servers are throw-away ones in a temporary folder. With
    one they are those of that folder: the running ones, or started for this command.
    """
    console = Console(sys.stderr.fileno())
    stop = StopRequest(with_parent)
    try:
        if data_dir is None:
            started = throwaway_servers(console.say)
        else:
            started = _servers_of(data_dir, console.say)
        with started as (environment, guard):
            return _run(command, {**os.environ, **environment}, guard, stop)
    except CannotStart as error:
        console.plain(str(error))
        return 1


@contextlib.contextmanager
def throwaway_servers(say: Say) -> Iterator[tuple[dict[str, str], Guard]]:
    """Servers in a temporary folder, as variables of the environment to set.

    What the environment already names is used instead.
    """
    with (
        tempfile.TemporaryDirectory(
            prefix="mycenas-", ignore_cleanup_errors=True
        ) as name,
        servers.start(Path(name), durable=False, say=say) as running,
    ):
        running.guard.remove_folder(Path(name))
        secret = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(50)
        environment = {"SECRET_KEY": secret, "DATA_DIR": name}
        yield environment | running.environment, running.guard


@contextlib.contextmanager
def _servers_of(data_dir: Path, say: Say) -> Iterator[tuple[dict[str, str], Guard]]:
    with contextlib.ExitStack() as stack:
        addresses = servers.running_addresses(data_dir)
        if addresses is None:
            running = stack.enter_context(servers.start(data_dir, say=say))
            addresses, guard = running.environment, running.guard
        else:
            guard = stack.enter_context(contextlib.closing(Guard()))
        given = {
            "DATA_DIR": str(data_dir.absolute()),
            "DEBUG": os.environ.get("DEBUG", "1"),
            "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(data_dir),
        }
        yield given | addresses, guard


def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    guard: Guard,
    stop: StopRequest,
) -> int:
    process = Process(guard)
    # A command at a terminal stays in its foreground group: it may want to read, and
    # hears Ctrl-C itself. Otherwise it leads a group that can be ended as a whole.
    process.is_group = not sys.stdin.isatty()
    try:
        process.launch(command, stdin=None, env=environment)
    except OSError as error:
        raise CannotStart(f"{command[0]}: {error.strerror}") from error
    try:
        while (code := process.exit_code) is None:
            stop.check()
            time.sleep(STEP)
        return code if code >= 0 else SIGNALED - code
    except Stopped:
        number = stop.signal or signal.SIGTERM
        heard = number == signal.SIGINT and not process.is_group
        process.stop_signal = 0 if heard else number
        return SIGNALED + number
    finally:
        process.stop()
