"""What the auditor may look at: ledgers, the database, the disk. Nothing else."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from environ import Env
from psycopg.rows import dict_row

from tests.siege.ledger import Account, accounts

Row = dict[str, Any]

ENTRIES = """
SELECT entry.*, contest.slug AS hall, contest.closes_at, upload.part AS part
FROM submissions_submission AS entry
JOIN competitions_competition AS contest ON contest.id = entry.competition_id
LEFT JOIN submissions_upload AS upload ON upload.submission_id = entry.id
WHERE %s::text[] IS NULL OR contest.slug = ANY (%s)
ORDER BY entry.id
"""
CONTESTS = """
SELECT * FROM competitions_competition WHERE %s::text[] IS NULL OR slug = ANY (%s)
"""
RENDITIONS = "SELECT * FROM submissions_rendition"
JOURNAL = """
SELECT table_name, row_id, changes FROM core_auditentry
WHERE table_name IN ('submissions_submission', 'competitions_competition') ORDER BY id
"""


@dataclass(frozen=True)
class Found:
    """A file on the disk."""

    size: int
    sha256: str


class Evidence:
    """A look at everything; the database is read at one moment.

    ``halls`` narrows it down to some competitions, by slug.
    """

    def __init__(
        self,
        ledgers: Path,
        database_url: str,
        files: Path,
        halls: Collection[str] | None = None,
    ) -> None:
        self.files = files
        self.accounts: dict[str, Account] = accounts(ledgers)
        parts = Env.db_url_config(database_url)
        with psycopg.connect(
            dbname=parts["NAME"],
            user=parts["USER"],
            row_factory=dict_row,
            **parts["OPTIONS"],
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            wanted = list(halls) if halls is not None else None
            self.entries = connection.execute(ENTRIES, [wanted, wanted]).fetchall()
            self.competitions = connection.execute(
                CONTESTS, [wanted, wanted]
            ).fetchall()
            renditions = connection.execute(RENDITIONS).fetchall()
            journal = connection.execute(JOURNAL).fetchall()
        # The same key twice would be a breach of its own.
        self.by_work = {row["idempotency_key"]: row for row in self.entries}
        self.renditions = _grouped(renditions, lambda row: row["submission_id"])
        self.journal = _grouped(journal, lambda row: (row["table_name"], row["row_id"]))

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


def _grouped(rows: list[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """The rows by what they belong to, in their order."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def look(path: Path) -> Found | None:
    """Size and SHA-256 of a file; None if it is not there."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return Found(len(data), hashlib.sha256(data).hexdigest())
