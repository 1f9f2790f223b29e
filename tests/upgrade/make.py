"""Makes the fixture of the upgrade test with the code of an earlier commit.

python tests/upgrade/make.py

Checks out ``COMMIT`` beside this checkout, starts its own embedded servers, migrates,
runs ``build.py`` with its code and keeps what came of it: ``database.sql.gz``,
``data.tar.gz`` and ``facts.json``. Needs the history of this repository and an
environment with the requirements of that commit. The test needs the three files only.
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from environ import Env

from mycenas.embedded import programs

COMMIT = "5816eabc1f9b042c9d266099fd8a9a462b55036c"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# What the servers keep in a data folder.
SERVERS = {"addresses.json", "lock", "log", "postgres", "secret_key", "valkey"}
# The test signs in and verifies with the same secret and address.
SETTINGS = {
    "SECRET_KEY": "of-the-upgrade-fixture-only",
    "BASE_URL": "http://127.0.0.1:8000",
    "DEBUG": "1",
    "EMAIL_URL": "dummymail://",
    "DJANGO_SETTINGS_MODULE": "mycenas.settings",
}


def main() -> None:
    """Build in a temporary folder, next to nothing else."""
    with tempfile.TemporaryDirectory(prefix="mycenas-upgrade-") as folder:
        old, data = Path(folder) / "old", Path(folder) / "data"
        # PostgreSQL's account walks through it.
        Path(folder).chmod(0o755)
        _git("worktree", "add", "--detach", str(old), COMMIT)
        try:
            _build(old, data)
        finally:
            _git("worktree", "remove", "--force", str(old))


def _build(old: Path, data: Path) -> None:
    environment = {**os.environ, **SETTINGS, "PYTHONPATH": str(old)}
    servers = ("-m", "mycenas.embedded", "exec", "--data-dir", str(data), "--")
    for command in (
        ("manage.py", "migrate", "--no-input"),
        (str(HERE / "build.py"), str(HERE / "facts.json")),
        (__file__, "keep"),
    ):
        program = [sys.executable, *servers, sys.executable, *command]
        subprocess.run(program, cwd=old, env=environment, check=True)


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


def keep() -> None:
    """Runs inside the servers: dump the database and pack the files."""
    parts = Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    where = {**parts["OPTIONS"], "user": parts["USER"], "dbname": parts["NAME"]}
    _dump(where, HERE / "database.sql.gz")
    _pack(Path(os.environ["DATA_DIR"]), HERE / "data.tar.gz")


def _dump(where: dict[str, str], target: Path) -> None:
    """Plain statements, so that any client and any supported server restores it."""
    command = [
        str(programs.find_postgres() / "pg_dump"),
        f"--host={where['host']}",
        f"--port={where['port']}",
        f"--username={where['user']}",
        "--inserts",
        "--rows-per-insert=100",
        where["dbname"],
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Settings of newer servers, and commands of psql, mean nothing elsewhere.
    unknown = re.compile(r"^(\\.*|SET transaction_timeout.*)\n", re.MULTILINE)
    target.write_bytes(gzip.compress(unknown.sub("", text).encode(), mtime=0))


def _pack(data: Path, target: Path) -> None:
    """The files of the data folder, without the servers' own."""
    with tarfile.open(target, "w:gz") as archive:
        for path in sorted(data.iterdir()):
            if path.name not in SERVERS:
                archive.add(path, arcname=path.name)


if __name__ == "__main__":
    main() if sys.argv[1:] != ["keep"] else keep()
