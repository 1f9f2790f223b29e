"""The launcher: up in order, restarted when crashed, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from mycenas.embedded import folder
from tests.embedded.standin import Run, build, running_site
from tests.embedded.tools import all_gone, clean_environment, until

pytestmark = pytest.mark.trial

NAMES = {"run", "guard", "postgres", "valkey", "web", "worker", "beat", "sweep"}
LAUNCH = (sys.executable, "-m", "mycenas.embedded", "run")


@pytest.fixture
def site(data_dir: Path, database: Path) -> Path:
    """A site that has a database from an earlier run."""
    shutil.copytree(database, data_dir / "var" / "postgres")
    return build(data_dir)


def test_everything_comes_up_and_ctrl_c_ends_it(data_dir: Path) -> None:
    site = build(data_dir)
    with running_site(site, DEMO_PASSWORD="given-by-hand") as run:
        facts = run.facts()
        with urllib.request.urlopen(facts["base_url"], timeout=10) as answer:
            assert answer.read() == b"stand-in"
        assert set(facts["pids"]) == NAMES
        pids = run.pids()
        said = run.end(signal.SIGINT)
    assert run.process.returncode == 0
    assert all_gone(pids)
    lines = said.splitlines()
    assert "migrate  | managing migrate --no-input" in lines
    assert f"demo     | managing demo --base-url {facts['base_url']}" in lines
    assert "Password:       given-by-hand" in lines
    assert f"Mycenas is up:  {facts['base_url']}/" in said
    assert "collectstatic" not in said
    assert "stopped cleanly" in lines[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_outlives_the_launcher(site: Path, number: signal.Signals) -> None:
    with running_site(site, "--no-demo") as run:
        pids = run.pids()
        said = run.end(number)
        until("every process is gone", lambda: all_gone(pids))
    assert run.process.returncode == (-9 if number == signal.SIGKILL else 0)
    assert "managing demo" not in said


def test_a_killed_parent_ends_the_launcher(site: Path) -> None:
    ready = site / "ready.json"
    script = (
        "import subprocess, sys;"
        "subprocess.run([sys.executable, '-m', 'mycenas.embedded', 'run',"
        f" '--with-parent', '--ready-file', {str(ready)!r}])"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=site,
        env=_environment(site),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    pids = Run(parent, ready).pids()
    parent.kill()
    parent.wait()
    until("every process is gone", lambda: all_gone(pids))


def test_a_closed_terminal_ends_the_launcher(site: Path) -> None:
    ours, theirs = os.openpty()
    ready = site / "ready.json"
    process = subprocess.Popen(
        [*LAUNCH, "--ready-file", str(ready)],
        cwd=site,
        env=_environment(site),
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    os.close(theirs)
    pids = Run(process, ready).pids()
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert all_gone(pids)


def test_crashed_programs_are_started_again(site: Path) -> None:
    names = {"web", "worker", "beat", "sweep"}
    with running_site(site) as run:
        old = run.facts()["pids"]
        for name in names:
            os.kill(old[name], signal.SIGKILL)
        until("new processes are listed", lambda: _changed(run, old) == names)
        new = run.facts()["pids"]
        lines = run.end(signal.SIGINT).splitlines()
    for name in names:
        reason = f"{name} stopped with exit code -9; starting again in 1 s"
        assert f"run      | {reason}" in lines
        assert f"run      | {name} started again (process {new[name]})" in lines


def test_crashed_servers_and_guard_are_started_again(site: Path) -> None:
    names = {"postgres", "valkey", "guard"}
    with running_site(site) as run:
        old = run.facts()["pids"]
        for name in names:
            os.kill(old[name], signal.SIGKILL)
        until("new processes are listed", lambda: _changed(run, old) == names)
        pids = run.pids()
        run.end(signal.SIGKILL)
        until("every process is gone", lambda: all_gone(pids))


def test_a_second_run_says_that_the_folder_is_in_use(site: Path) -> None:
    with running_site(site) as run:
        pid = run.facts()["pids"]["run"]
        with running_site(site) as second:
            said = second.process.communicate(timeout=60)[0]
        assert second.process.returncode == 1
        assert f"is in use by another run (process {pid})" in said
        assert run.process.poll() is None
        # It names the run that is there, also after a second one was refused.
        assert run.facts()["pids"]["run"] == pid


@pytest.mark.soak
def test_two_copies_run_side_by_side(site: Path) -> None:
    other = build(site / "other")
    shutil.copytree(site / "var", other / "var")
    with running_site(site) as one, running_site(other) as two:
        assert one.facts()["base_url"] != two.facts()["base_url"]
        assert not set(one.pids()) & set(two.pids())


@pytest.mark.soak
def test_a_start_right_after_a_kill_waits_and_works(site: Path) -> None:
    with running_site(site) as run:
        run.facts()
        run.end(signal.SIGKILL)
    (site / "ready.json").unlink()
    with running_site(site) as run:
        assert set(run.facts()["pids"]) == NAMES


def test_a_taken_port_is_said_with_the_way_out(site: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = _run_to_the_end(site, PORT=str(port))
    assert answer.returncode == 1
    assert f"Port {port} cannot be used" in answer.stdout
    assert f"make run PORT={port + 1}" in answer.stdout


@pytest.mark.parametrize(
    ("fails", "sentence"),
    [
        ("migrate", "`manage.py migrate` failed with exit code 9; see above."),
        ("worker", "worker does not start: it ended 3 times in a row."),
    ],
)
def test_what_cannot_start_ends_the_run(site: Path, fails: str, sentence: str) -> None:
    answer = _run_to_the_end(site, FAILS=fails)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == sentence


def test_web_killed_during_the_seeding_does_not_end_the_run(site: Path) -> None:
    with running_site(site, KILLER="demo", KILLS="web") as run:
        facts = run.facts()
        with urllib.request.urlopen(facts["base_url"], timeout=10) as answer:
            assert answer.read() == b"stand-in"
        lines = run.end(signal.SIGINT).splitlines()
    assert run.process.returncode == 0
    seeding = f"demo     | managing demo --base-url {facts['base_url']}"
    assert lines.count(seeding) == 2
    failed = "the demo data is not complete (exit code 8, see above)"
    assert f"run      | {failed}; the site stays up. Try 2 of 5 in 1 s" in lines


@pytest.mark.soak
def test_a_seeding_that_always_fails_leaves_the_site_up(site: Path) -> None:
    with running_site(site, FAILS="demo") as run:
        facts = run.facts()
        with urllib.request.urlopen(facts["base_url"], timeout=10) as answer:
            assert answer.read() == b"stand-in"
        said = run.end(signal.SIGINT)
    assert run.process.returncode == 0
    assert said.count("managing demo") == 5
    assert "the site stays up. The next start continues the seeding." in said


def test_a_migration_ended_by_a_signal_is_run_again(site: Path) -> None:
    # Number 0 stands for the command itself.
    (site / "var" / "itself.pid").write_text("0")
    with running_site(site, "--no-demo", KILLER="migrate", KILLS="itself") as run:
        run.facts()
        said = run.end(signal.SIGINT)
    assert said.count("managing migrate") == 2


@pytest.mark.soak
def test_worker_killed_again_and_again_does_not_end_the_start(site: Path) -> None:
    with running_site(site, SLOW_WEB="1") as run:
        child = site / "var" / "worker.child"
        for _ in range(3):
            until("the worker runs", lambda: child.exists() and child.read_text())
            worker = os.getpgid(int(child.read_text()))
            child.unlink()
            os.kill(worker, signal.SIGKILL)
        (site / "var" / "go").touch()
        until("all run", lambda: set(run.facts()["pids"]) == NAMES)


@pytest.mark.soak
def test_a_server_that_cannot_start_again_is_tried_until_it_does(site: Path) -> None:
    with running_site(site) as run:
        facts = run.facts()
        folder = site / "var" / "valkey"
        away = folder.rename(folder.with_name("away"))
        folder.write_text("a file where the folder was")
        os.kill(facts["pids"]["valkey"], signal.SIGKILL)
        until("Valkey is missed", lambda: "valkey" not in run.facts()["pids"])
        said = run.process.stdout or ()
        assert any("valkey does not start: " in line for line in said)
        with urllib.request.urlopen(facts["base_url"], timeout=10) as answer:
            assert answer.read() == b"stand-in"
        folder.unlink()
        away.rename(folder)
        until("Valkey is back", lambda: "valkey" in run.facts()["pids"])


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ("\u00b2", "PORT=\u00b2 is not a port. Give a number: make run PORT=8001"),
        ("65536", "PORT=65536 is not a port. Give a number: make run PORT=8001"),
    ],
)
def test_a_port_that_is_no_number_is_said(site: Path, port: str, sentence: str) -> None:
    answer = _run_to_the_end(site, PORT=port)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == sentence


def test_secrets_are_made_once_and_kept_closed(data_dir: Path) -> None:
    key, password = folder.secret_key(data_dir), folder.demo_password(data_dir, None)
    assert (len(key), len(password)) == (67, 14)
    assert folder.secret_key(data_dir) == key
    assert folder.demo_password(data_dir, None) == password
    modes = {path.name: path.stat().st_mode & 0o777 for path in data_dir.iterdir()}
    assert modes == {"secret_key": 0o600, "demo_password": 0o600}


def test_a_given_password_replaces_the_kept_one(data_dir: Path) -> None:
    folder.demo_password(data_dir, None)
    assert folder.demo_password(data_dir, "by-hand") == "by-hand"
    assert folder.demo_password(data_dir, None) == "by-hand"


def _changed(run: Run, old: dict[str, int]) -> set[str]:
    """The programs with another process than before, once all are there again."""
    new = run.facts()["pids"]
    return {name for name in NAMES if name in new and new[name] != old[name]}


def _environment(site: Path, **environ: str) -> dict[str, str]:
    usual = {"PORT": "0", "DATA_DIR": str(site / "var"), "PYTHONPATH": str(site)}
    return clean_environment(**usual | environ)


def _run_to_the_end(site: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        LAUNCH,
        cwd=site,
        env=_environment(site, **environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
