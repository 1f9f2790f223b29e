"""The upgrade of a site with rows that were right once: slugs, keys and roles.

One site has them all, for they have no table in common that a migration repairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.upgrade.restored import Restored, restored

pytestmark = pytest.mark.trial

# Slugs that differ only in the case of their letters. As the tables' owner; a guard
# keeps the slug of a competition that is over.
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

# A person used one key in several competitions: of each the oldest entry of Noor, one
# of them in a competition that is cancelled. A received entry keeps its key.
KEY = "used-in-two-competitions"
REPEAT = f"""
ALTER TABLE submissions_submission DISABLE TRIGGER USER;
UPDATE submissions_submission SET idempotency_key = '{KEY}' WHERE id IN (
  SELECT min(entry.id) FROM submissions_submission AS entry
  JOIN accounts_user AS person ON person.id = entry.participant_id
  WHERE person.email = 'noor@example.org' GROUP BY entry.competition_id);
"""
KEYS = "SELECT id, idempotency_key FROM submissions_submission ORDER BY id"
SHARED = "SELECT id FROM submissions_submission WHERE idempotency_key = %s ORDER BY id"

# People were staff by a checkbox of their own.
ACCOUNT = """
INSERT INTO accounts_user
  (id, password, is_superuser, is_staff, is_active, date_joined, email, name)
VALUES (%s, '', %s, %s, true, now(), %s, 'Someone')
"""
ROLE = """
INSERT INTO accounts_membership (organization_id, user_id, role)
SELECT id, %s, %s FROM accounts_organization LIMIT 1
"""
# Each account: superuser, the checkbox, the role, and whether it is staff afterwards.
PEOPLE: dict[int, tuple[bool, bool, str, bool]] = {
    201: (False, True, "moderator", True),
    202: (False, True, "organizer", True),
    203: (False, True, "", False),
    204: (False, True, "juror", False),
    205: (False, False, "moderator", True),
    206: (True, True, "", True),
    207: (True, False, "", True),
    208: (False, False, "sponsor", False),
}


@dataclass(frozen=True)
class Upgraded:
    """The site afterwards; keys and roles before, and the rows that shared a key."""

    site: Restored
    keys: dict[int, str]
    shared: list[int]
    roles: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def upgraded() -> Iterator[Upgraded]:
    with restored() as site:
        let_people_in(site)
        repeat_a_key(site)
        site.execute(CLASH)
        keys = dict(site.query(KEYS))
        shared = [key for (key,) in site.query(SHARED, KEY)]
        before = roles(site)
        site.said("migrate", "--no-input")
        yield Upgraded(site, keys, shared, before)


def repeat_a_key(site: Restored) -> None:
    guards = site.query(
        "SELECT format('ALTER TABLE submissions_submission ENABLE ALWAYS TRIGGER"
        " %I', tgname) FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid = 'submissions_submission'::regclass"
    )
    site.execute(REPEAT + ";".join(statement for (statement,) in guards))


def let_people_in(site: Restored) -> None:
    for number, (is_superuser, is_staff, role, _after) in PEOPLE.items():
        address = f"person{number}@example.org"
        site.query(ACCOUNT + "RETURNING id", number, is_superuser, is_staff, address)
        if role:
            site.query(ROLE + "RETURNING id", number, role)


def roles(site: Restored) -> list[tuple[object, ...]]:
    rows = "SELECT id, organization_id, user_id, role FROM accounts_membership"
    return site.query(f"{rows} ORDER BY id")


def test_the_older_slug_stays_and_the_other_gets_a_number(upgraded: Upgraded) -> None:
    found = upgraded.site.query(
        "SELECT slug FROM competitions_competition WHERE slug ILIKE 'room%' ORDER BY id"
    )
    assert len(found) == 3
    # One number was taken; no address but the younger of the two changes.
    assert {slug.lower() for (slug,) in found} == {"room", "room-2", "room-3"}


@pytest.mark.parametrize("table", TABLES)
def test_each_change_of_a_slug_is_in_the_journal(
    table: str, upgraded: Upgraded
) -> None:
    changes = upgraded.site.query(
        "SELECT changes -> 'slug' ->> 0, changes -> 'slug' ->> 1, source"
        f" FROM core_auditentry WHERE table_name = '{table}'"
        " AND operation = 'UPDATE' AND reason LIKE '%case of their letters%'"
    )
    ((before, after, source),) = changes
    assert after.startswith(f"{before}-")
    assert source.startswith("migrate ")
    slugs = [slug for (slug,) in upgraded.site.query(f"SELECT slug FROM {table}")]
    assert after in slugs
    assert before not in slugs


def test_the_oldest_entry_keeps_the_key_and_no_other_row_changes(
    upgraded: Upgraded,
) -> None:
    site, shared = upgraded.site, upgraded.shared
    assert len(shared) > 1
    assert site.query(SHARED, KEY) == [(shared[0],)]
    after = dict(site.query(KEYS))
    changed = {row for row, key in upgraded.keys.items() if key != after[row]}
    assert changed == set(shared[1:])


def test_each_change_of_a_key_is_in_the_journal(upgraded: Upgraded) -> None:
    lines = upgraded.site.query(
        "SELECT row_id, operation, actor FROM core_auditentry WHERE source = %s"
        " ORDER BY row_id",
        "migrate submissions.0039_once_per_person_and_key",
    )
    assert lines == [(row, "UPDATE", None) for row in upgraded.shared[1:]]


def test_everybody_keeps_the_roles_and_the_column_follows_them(
    upgraded: Upgraded,
) -> None:
    site = upgraded.site
    assert roles(site) == upgraded.roles
    found = site.query("SELECT id, is_staff FROM accounts_user WHERE id > 200")
    assert dict(found) == {number: person[-1] for number, person in PEOPLE.items()}
    names = site.query("SELECT email FROM accounts_user WHERE is_staff AND id < 200")
    assert {email.partition("@")[0] for (email,) in names} == {"carol", "bob", "ada"}


def test_the_journal_says_whose_column_changed_and_why(upgraded: Upgraded) -> None:
    told = upgraded.site.query(
        "SELECT row_id, reason FROM core_auditentry WHERE source = %s",
        "migrate accounts.0010_staff_by_role",
    )
    changed = {key for key, (_su, was, _role, now) in PEOPLE.items() if was != now}
    assert {row for row, _reason in told} == changed
    assert {reason for _row, reason in told} == {
        "Access to the desk follows the roles."
    }


def test_every_guard_is_there_afterwards(upgraded: Upgraded) -> None:
    upgraded.site.said("states", "--check")
