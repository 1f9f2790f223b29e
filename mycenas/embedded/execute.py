"""Runs one command with embedded servers under it."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mycenas.embedded import servers
from mycenas.embedded.folder import secret_key
from mycenas.embedded.guard import Guard, Ward
from mycenas.embedded.server import Say
from mycenas.embedded.terminal import CannotStart, Console, Stopped, StopRequest

STEP = 0.1
PATIENCE = 10.0
# What a shell reports for a program that a signal has ended.
SIGNALED = 128


def execute(
    command: Sequence[str], *, data_dir: Path | None, with_parent: bool = False
) -> int:
    """Run `command` and return its exit code.

    Without a data folder the servers are throw-away ones in a temporary folder. With
    one they are those of that folder: the running ones, or started for this command.
    """
    console = Console(sys.stderr.fileno())
    stop = StopRequest(watch_parent=with_parent)
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
    addresses = servers.running_addresses(data_dir)
    given = {
        "DATA_DIR": str(data_dir.absolute()),
        "DEBUG": os.environ.get("DEBUG", "1"),
    }
    if addresses is not None:
        secret = os.environ.get("SECRET_KEY") or secret_key(data_dir)
        guard = Guard()
        try:
            yield {**given, "SECRET_KEY": secret, **addresses}, guard
        finally:
            guard.close()
        return
    with servers.start(data_dir, say=say) as running:
        secret = os.environ.get("SECRET_KEY") or secret_key(data_dir)
        yield {**given, "SECRET_KEY": secret, **running.environment}, running.guard


def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    guard: Guard,
    stop: StopRequest,
) -> int:
    # A command at a terminal stays in its foreground group: it may want to read, and
    # hears Ctrl-C itself. Otherwise it leads a group that can be ended as a whole.
    is_group = not sys.stdin.isatty()
    try:
        process = subprocess.Popen(
            command, env=dict(environment), start_new_session=is_group
        )
    except OSError as error:
        message = f"{command[0]}: {error.strerror}"
        raise CannotStart(message) from error
    ward = Ward(process.pid, is_group=is_group, patience=PATIENCE)
    guard.watch(ward)
    try:
        return _wait(process, ward, stop)
    finally:
        ward.send(signal.SIGKILL)
        process.wait()
        guard.forget(process.pid)


def _wait(process: subprocess.Popen[bytes], ward: Ward, stop: StopRequest) -> int:
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return _exit_code(process.wait(STEP))
        try:
            stop.check()
        except Stopped:
            break
    if ward.is_group or stop.signal != signal.SIGINT:
        ward.send(stop.signal or signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    return SIGNALED + (stop.signal or signal.SIGTERM)


def _exit_code(code: int) -> int:
    return code if code >= 0 else SIGNALED - code
