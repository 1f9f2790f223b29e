"""What the auditor may look at: ledgers, the database, the disk. Nothing else."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from environ import Env
from psycopg.rows import dict_row

from tests.siege.ledger import Account, accounts

Row = dict[str, Any]

ENTRIES = """
SELECT entry.*, contest.slug AS hall, contest.closes_at, upload.name AS part,
  clock_timestamp() > entry.upload_until AS is_late
FROM submissions_submission AS entry
JOIN competitions_competition AS contest ON contest.id = entry.competition_id
LEFT JOIN submissions_upload AS upload ON upload.submission_id = entry.id
ORDER BY entry.id
"""
AUDIT = "SELECT * FROM core_auditentry WHERE table_name = ANY (%s) ORDER BY id"
RENDITIONS = "SELECT * FROM submissions_rendition"
COMPETITIONS = "SELECT * FROM competitions_competition"


@dataclass(frozen=True)
class Found:
    """A file on the disk."""

    size: int
    sha256: str


class Evidence:
    """A look at everything, each part read once.

    ``halls`` narrows it down to some competitions, by slug.
    """

    def __init__(
        self,
        ledgers: Path,
        database_url: str,
        files: Path,
        halls: Collection[str] | None = None,
    ) -> None:
        self._ledgers = ledgers
        self._halls = halls
        self._database = Env.db_url_config(database_url)
        self.files = files

    def rows(self, query: str, *values: object) -> list[Row]:
        parts = self._database
        with psycopg.connect(
            dbname=parts["NAME"],
            user=parts["USER"],
            row_factory=dict_row,
            **parts["OPTIONS"],
        ) as connection:
            return connection.execute(query.encode(), values).fetchall()

    @cached_property
    def accounts(self) -> dict[str, Account]:
        return accounts(self._ledgers)

    @cached_property
    def entries(self) -> list[Row]:
        return [row for row in self.rows(ENTRIES) if self._is_of_interest(row["hall"])]

    @cached_property
    def by_work(self) -> dict[str, Row]:
        """Entries by idempotency key; the same key twice would be a breach."""
        return {row["idempotency_key"]: row for row in self.entries}

    @cached_property
    def renditions(self) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in self.rows(RENDITIONS):
            found.setdefault(row["submission_id"], []).append(row)
        return found

    @cached_property
    def competitions(self) -> list[Row]:
        return [
            row for row in self.rows(COMPETITIONS) if self._is_of_interest(row["slug"])
        ]

    def _is_of_interest(self, hall: str) -> bool:
        return self._halls is None or hall in self._halls

    def journal(self, *tables: str) -> dict[tuple[str, int], list[Row]]:
        """The audit's rows of each row of the tables, oldest first."""
        found: dict[tuple[str, int], list[Row]] = {}
        for row in self.rows(AUDIT, list(tables)):
            found.setdefault((row["table_name"], row["row_id"]), []).append(row)
        return found

    def original(self, row: Row) -> Found | None:
        """The original of an entry, read again from the disk."""
        return look(self.files / "originals" / str(row["original"]))

    def orphans(self) -> list[str]:
        """Originals that no row names: kept, but never acknowledged."""
        named = {row["original"] for row in self.entries}
        folder = self.files / "originals"
        paths = sorted(folder.glob("*/*"))
        names = (path.relative_to(folder).as_posix() for path in paths)
        return [name for name in names if name not in named]

    def staged(self, older_than: float) -> list[str]:
        """What lies in staging for longer than so many seconds, awaited parts aside."""
        awaited = {
            f"{row['part']}.part" for row in self.entries if row["state"] == "reserved"
        }
        limit = time.time() - older_than
        paths = (self.files / "staging").glob("*")
        return sorted(
            path.name
            for path in paths
            if path.name not in awaited and _changed_at(path) < limit
        )


def _changed_at(path: Path) -> float:
    """Unix time of the last write; now, if the sweeper was quicker."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def look(path: Path) -> Found | None:
    """Size and SHA-256 of a file; None if it is not there."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return Found(len(data), hashlib.sha256(data).hexdigest())
