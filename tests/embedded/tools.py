"""Real processes for these tests: started, looked at and ended by their ids."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from environ import Env

from mycenas.embedded.guard import is_running

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
STEP = 0.05

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
CHOICES = ("DATA_DIR", "DEBUG", "DEMO_PASSWORD", "PORT", "SECRET_KEY")


def clean_environment(**extra: str) -> dict[str, str]:
    """This environment without what would change what a launcher does."""
    left_out = {*ADDRESSES, *CHOICES}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


def until(what: str, holds: Callable[[], object]) -> None:
    """Wait until `holds` is true; fail with `what` if it never is."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(STEP)


def all_gone(pids: Sequence[int]) -> bool:
    """Whether none of the processes runs any more."""
    return not any(is_running(pid) for pid in pids)


@contextmanager
def connected(url: str, database: str | None = None) -> Iterator[psycopg.Connection]:
    """A connection the way Django's settings read the address."""
    parts = Env.db_url_config(url)
    with psycopg.connect(
        dbname=database or parts["NAME"],
        user=parts["USER"],
        autocommit=True,
        **parts["OPTIONS"],
    ) as connection:
        yield connection


@contextmanager
def launched(
    *arguments: str, environ: Mapping[str, str], folder: Path = ROOT
) -> Iterator[subprocess.Popen[str]]:
    """A Python program with readable output, certainly ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environ,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
