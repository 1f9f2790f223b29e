"""The upgrade of a site where a person used one key in several competitions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.upgrade.restored import Restored, restored

pytestmark = pytest.mark.trial

KEY = "used-in-two-competitions"
# As the tables' owner, for a received entry keeps its key. Of each competition the
# oldest entry of Noor, one of them in a competition that is cancelled.
REPEAT = f"""
ALTER TABLE submissions_submission DISABLE TRIGGER USER;
UPDATE submissions_submission SET idempotency_key = '{KEY}' WHERE id IN (
  SELECT min(entry.id) FROM submissions_submission AS entry
  JOIN accounts_user AS person ON person.id = entry.participant_id
  WHERE person.email = 'noor@example.org' GROUP BY entry.competition_id);
"""
KEYS = "SELECT id, idempotency_key FROM submissions_submission ORDER BY id"
# The rows before, with their keys, and those that shared one.
Upgraded = tuple[Restored, dict[int, str], list[int]]
SHARED = "SELECT id FROM submissions_submission WHERE idempotency_key = %s ORDER BY id"


@pytest.fixture(scope="module")
def upgraded() -> Iterator[Upgraded]:
    with restored() as site:
        guards = site.query(
            "SELECT format('ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER"
            " %I', tgname) FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid = 'submissions_submission'::regclass"
        )
        site.execute(REPEAT + ";".join(statement for (statement,) in guards))
        before = dict(site.query(KEYS))
        shared = [key for (key,) in site.query(SHARED, KEY)]
        site.said("migrate", "--no-input")
        yield site, before, shared


def test_the_oldest_entry_keeps_the_key_and_no_other_row_changes(
    upgraded: Upgraded,
) -> None:
    site, before, shared = upgraded
    assert len(shared) > 1
    assert site.query(SHARED, KEY) == [(shared[0],)]
    after = dict(site.query(KEYS))
    changed = {row for row in before if before[row] != after[row]}
    assert changed == set(shared[1:])


def test_each_change_has_a_line_in_the_journal(upgraded: Upgraded) -> None:
    site, _before, shared = upgraded
    lines = site.query(
        "SELECT row_id, operation, actor FROM core_auditentry WHERE source = %s"
        " ORDER BY row_id",
        "migrate submissions.0039_once_per_person_and_key",
    )
    assert lines == [(row, "UPDATE", None) for row in shared[1:]]


def test_every_guard_is_there_afterwards(upgraded: Upgraded) -> None:
    site, _before, _shared = upgraded
    site.said("states", "--check")
