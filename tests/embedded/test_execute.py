"""`exec`: servers under one command, and nothing left of them afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mycenas.embedded import servers
from tests.embedded.tools import (
    ADDRESSES,
    ROOT,
    all_gone,
    clean_environment,
    launched,
    until,
)

pytestmark = [pytest.mark.trial, pytest.mark.soak]

EXEC = ("-m", "mycenas.embedded", "exec")
REPORT = """\
import json, os, sys
names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY")
print(json.dumps({name: os.environ.get(name) for name in names}))
sys.exit(int(os.environ.get("CODE", "0")))
"""
LINGER = """\
import json, os, pathlib, sys, time
data = pathlib.Path(os.environ["DATA_DIR"])
postmaster = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
print(json.dumps({"pids": [os.getpid(), postmaster], "data": str(data)}), flush=True)
time.sleep(600)
"""


def _execute(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *EXEC, *arguments],
        cwd=ROOT,
        env=clean_environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_gets_addresses_and_its_exit_code_counts() -> None:
    answer = _execute("--", sys.executable, "-c", REPORT, CODE="5")
    assert answer.returncode == 5
    given = json.loads(answer.stdout)
    assert all(given.values())
    assert not Path(given["DATA_DIR"]).exists()


def test_a_given_address_is_handed_on() -> None:
    url = "redis://cache.example:6379/3"
    answer = _execute("--", sys.executable, "-c", REPORT, REDIS_URL=url)
    assert json.loads(answer.stdout)["REDIS_URL"] == url


def test_an_unknown_command_is_said() -> None:
    answer = _execute("--", "/no/such/program")
    assert answer.returncode == 1
    assert "/no/such/program: No such file or directory" in answer.stderr


def test_a_kept_folder_joins_running_servers_or_starts_them(data_dir: Path) -> None:
    command = ("--data-dir", str(data_dir), "--", sys.executable, "-c", REPORT)
    started = json.loads(_execute(*command).stdout)
    with servers.start(data_dir, environ={}) as running:
        joined = json.loads(_execute(*command).stdout)
        assert {name: joined[name] for name in ADDRESSES} == running.environment
        assert joined["SECRET_KEY"] == started["SECRET_KEY"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ended_early_it_leaves_nothing(number: signal.Signals) -> None:
    command = (*EXEC, "--", sys.executable, "-c", LINGER)
    with launched(*command, environ=clean_environment()) as process:
        facts = _first_report(process)
        os.kill(process.pid, number)
        until("every process is gone", lambda: all_gone(facts["pids"]))
        until("the data is gone", lambda: not Path(facts["data"]).exists())


def _first_report(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            report: dict[str, Any] = json.loads(line)
            return report
    raise AssertionError("the command has said nothing")
