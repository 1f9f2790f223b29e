"""A dump by the role for backups has what is sealed, and comes back sealed."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from tests.database.tools import raw
from tests.dropping import drop_database
from tests.journeys.test_backup import program
from tests.submissions.judging.world import Jury, acted_by
from tests.upgrade.restored import connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trial]

SCORE = (
    "INSERT INTO judging_score (assignment_id, version, given)"
    " VALUES (%s, 1, jsonb_build_object(%s::text, '7'))"
)
COUNTING = ("GRANT CREATE ON SCHEMA public TO", "REVOKE CREATE ON SCHEMA public FROM")


def url_of(variable: str, database: str) -> str:
    if not os.environ.get(variable):
        pytest.skip(f"needs {variable}, as the embedded servers give it")
    return urlunsplit(urlsplit(os.environ[variable])._replace(path=f"/{database}"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def dump(url: str, target: Path) -> subprocess.CompletedProcess[str]:
    where = f"--dbname={url}"
    return run(program("pg_dump"), "--format=custom", f"--file={target}", where)


@pytest.fixture
def jury() -> Jury:
    """A round whose one score is sealed."""
    made = Jury()
    with acted_by(made.jurors[0].user):
        raw(SCORE, [made.pair().pk, str(made.criterion.pk)])
    return made


@pytest.fixture
def empty() -> Iterator[str]:
    """A new database, by its name, as docs/operations.md makes one."""
    name = f"restored_{secrets.token_hex(6)}"
    with connected(os.environ["DATABASE_URL"]) as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        yield name
        drop_database(owner, name)


def rows_of(url: str, sql: str, actor: object = "") -> list[tuple[Any, ...]]:
    with connected(url) as site, site.transaction():
        site.execute("SELECT set_config('mycenas.actor', %s, true)", [str(actor)])
        return site.execute(sql.encode()).fetchall()


def test_sealed_scores_are_dumped_and_restored(
    jury: Jury, empty: str, tmp_path: Path
) -> None:
    target = tmp_path / "mycenas.dump"
    database = connection.settings_dict["NAME"]
    made = dump(url_of("DATABASE_BACKUP_URL", database), target)
    assert made.returncode == 0, made.stderr
    owner, site = (url_of(n, empty) for n in ("DATABASE_URL", "TESTS_SITE_URL"))
    before, after = (f"{words} mycenas_counting" for words in COUNTING)
    with connected(owner) as copy:
        copy.execute(before.encode())
        where = f"--dbname={owner}"
        answer = run(program("pg_restore"), "--exit-on-error", where, str(target))
        assert answer.returncode == 0, answer.stderr
        copy.execute(after.encode())
        counted = copy.execute(
            "SELECT judging_has_scores(%s)", [jury.round.pk]
        ).fetchone()
    assert counted == (True,)
    given = "SELECT given FROM judging_score"
    juror = jury.jurors[0].user.pk
    assert rows_of(site, given, juror) == [({str(jury.criterion.pk): "7"},)]
    for url in (site, owner):
        assert rows_of(url, given, jury.jurors[1].user.pk) == []
    guards = (
        "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relrowsecurity"
        " ORDER BY 1"
    )
    assert rows_of(owner, guards) == [("judging_remark",), ("judging_score",)]


def test_a_dump_by_the_owner_says_that_it_would_leave_scores_out(
    jury: Jury, tmp_path: Path
) -> None:
    url = url_of("DATABASE_URL", connection.settings_dict["NAME"])
    answer = dump(url, tmp_path / "mycenas.dump")
    assert answer.returncode != 0
    assert "row-level security" in answer.stderr


def test_the_role_for_backups_writes_nothing(jury: Jury) -> None:
    url = url_of("DATABASE_BACKUP_URL", connection.settings_dict["NAME"])
    for sql in (
        "UPDATE judging_round SET name = 'x'",
        "INSERT INTO core_auditentry DEFAULT VALUES",
        "CREATE TABLE public.another (id bigint)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows_of(url, sql)


def test_tests_empty_what_is_sealed(jury: Jury) -> None:
    call_command("flush", interactive=False, verbosity=0)
    with connected(
        url_of("DATABASE_BACKUP_URL", connection.settings_dict["NAME"])
    ) as copy:
        assert copy.execute("SELECT count(*) FROM judging_score").fetchone() == (0,)
