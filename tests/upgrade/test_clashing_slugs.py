"""The upgrade of a site with slugs that differ only in the case of their letters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.upgrade.restored import Restored, restored

pytestmark = pytest.mark.trial

# As the tables' owner; a guard keeps the slug of a competition that is over.
CLASH = """
ALTER TABLE competitions_competition DISABLE TRIGGER competition_guard;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE competitions_competition SET slug = CASE slug
    WHEN 'final' THEN 'Room' WHEN 'open' THEN 'ROOM' ELSE 'room-2' END
  WHERE slug IN ('final', 'open', 'moderation');
ALTER TABLE competitions_competition ENABLE ALWAYS TRIGGER competition_guard;
INSERT INTO accounts_organization (name, slug)
  SELECT name, upper(slug) FROM accounts_organization ORDER BY id LIMIT 1;
ALTER TABLE competitions_category DISABLE TRIGGER category_in_running_competition;
INSERT INTO competitions_category (name, slug, position, competition_id)
  SELECT name, upper(slug), position + 50, competition_id
  FROM competitions_category ORDER BY id LIMIT 1;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE competitions_category
  ENABLE ALWAYS TRIGGER category_in_running_competition;
"""
TABLES = ("competitions_competition", "competitions_category", "accounts_organization")


@pytest.fixture(scope="module")
def upgraded() -> Iterator[Restored]:
    with restored() as site:
        site.execute(CLASH)
        site.said("migrate", "--no-input")
        yield site


def test_the_older_slug_stays_and_the_other_gets_a_number(upgraded: Restored) -> None:
    found = upgraded.query(
        "SELECT slug FROM competitions_competition WHERE slug ILIKE 'room%' ORDER BY id"
    )
    assert len(found) == 3
    # One number was taken; no address but the younger of the two changes.
    assert {slug.lower() for (slug,) in found} == {"room", "room-2", "room-3"}


@pytest.mark.parametrize("table", TABLES)
def test_each_change_of_a_slug_is_in_the_journal(
    table: str, upgraded: Restored
) -> None:
    changes = upgraded.query(
        "SELECT changes -> 'slug' ->> 0, changes -> 'slug' ->> 1, source"
        f" FROM core_auditentry WHERE table_name = '{table}'"
        " AND operation = 'UPDATE' AND reason LIKE '%case of their letters%'"
    )
    ((before, after, source),) = changes
    assert after.startswith(f"{before}-")
    assert source.startswith("migrate ")
    slugs = [slug for (slug,) in upgraded.query(f"SELECT slug FROM {table}")]
    assert after in slugs
    assert before not in slugs


def test_every_guard_is_there_afterwards(upgraded: Restored) -> None:
    upgraded.said("states", "--check")
