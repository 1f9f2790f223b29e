"""The site's programs, looked at by another process of their account."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.siege.processes import children_of, command_of
from tests.unprivileged import give_up_privileges

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
SECRET = "SECRET_KEY=a-secret-to-be-found"
# Nothing answers there: the programs wait for it, or say so and go on.
NOWHERE = {
    "DATABASE_URL": "postgres://mycenas@localhost:1/mycenas",
    "REDIS_URL": "redis://localhost:1/0",
    "DEBUG": "0",
    "SECRET_KEY": SECRET.partition("=")[2],
}
LOOK = """
import sys
for name in ("environ", "mem", "maps", "auxv"):
    try:
        open(f"/proc/{sys.argv[1]}/{name}", "rb").read(1)
    except OSError as error:
        print(name, type(error).__name__)
    else:
        print(name, "read")
"""
ALL = [f"{name} PermissionError" for name in ("environ", "mem", "maps", "auxv")]
UVICORN = ("uvicorn", "mycenas.asgi:application", "--port", "0")
CELERY = ("-m", "celery", "-A", "mycenas")
# What is run, and which processes it is made of, with the first.
PROGRAMS = {
    "web": (("-m", *UVICORN), 1),
    # The one that starts the others, Python's helper and two that serve.
    "several web": (("-m", "mycenas", *UVICORN, "--workers", "2"), 4),
    "worker": ((*CELERY, "worker", "--concurrency", "1"), 1),
    "beat": ((*CELERY, "beat", "--schedule", "beat"), 1),
    "sweep": ((str(ROOT / "manage.py"), "sweep", "--forever"), 1),
}


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    place = {"PYTHONPATH": str(ROOT), "DATA_DIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**kept, **NOWHERE, **place},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=give_up_privileges,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def seen_of(pid: int) -> list[str]:
    """What another process of the same account can read of this one."""
    answer = subprocess.run(
        [sys.executable, "-I", "-c", LOOK, str(pid)],
        preexec_fn=give_up_privileges,
        capture_output=True,
        text=True,
    )
    return answer.stdout.splitlines()


def knows_secrets(pid: int) -> bool:
    """Whether the environment that it was started with holds the site's."""
    return SECRET.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def test_an_ordinary_program_can_be_read(tmp_path):
    with started(tmp_path, "-c", "import signal; signal.pause()") as process:
        assert "environ read" in seen_of(process.pid)
        assert knows_secrets(process.pid)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.trial
@pytest.mark.soak
def test_no_program_of_the_site_can_be_read(tmp_path, name):
    arguments, count = PROGRAMS[name]
    with started(tmp_path, *arguments) as process:
        deadline = time.monotonic() + PATIENCE
        while True:
            pids = [process.pid, *children_of(process.pid)]
            seen = {pid: seen_of(pid) for pid in pids}
            open_ones = [p for p in pids if seen[p] != ALL and knows_secrets(p)]
            if len(pids) >= count and not open_ones:
                break
            assert process.poll() is None, "it ended"
            if time.monotonic() > deadline:
                raise AssertionError(f"{[command_of(pid) for pid in open_ones]}")
            time.sleep(0.05)
