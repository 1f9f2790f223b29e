"""The upgrade of a site whose people were staff by a checkbox of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.upgrade.restored import Restored, restored

pytestmark = pytest.mark.trial

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


@pytest.fixture(scope="module")
def upgraded() -> Iterator[tuple[Restored, list[tuple[object, ...]]]]:
    with restored() as site:
        for number, (is_superuser, is_staff, role, _after) in PEOPLE.items():
            address = f"person{number}@example.org"
            site.query(
                ACCOUNT + "RETURNING id", number, is_superuser, is_staff, address
            )
            if role:
                site.query(ROLE + "RETURNING id", number, role)
        before = roles(site)
        site.said("migrate", "--no-input")
        yield site, before


def roles(site: Restored) -> list[tuple[object, ...]]:
    rows = "SELECT id, organization_id, user_id, role FROM accounts_membership"
    return site.query(f"{rows} ORDER BY id")


def test_everybody_keeps_the_roles_and_the_column_follows_them(
    upgraded: tuple[Restored, list[tuple[object, ...]]],
) -> None:
    site, before = upgraded
    assert roles(site) == before
    found = site.query("SELECT id, is_staff FROM accounts_user WHERE id > 200")
    assert dict(found) == {number: person[-1] for number, person in PEOPLE.items()}
    names = site.query("SELECT email FROM accounts_user WHERE is_staff AND id < 200")
    assert {email.partition("@")[0] for (email,) in names} == {"carol", "bob", "ada"}


def test_the_journal_says_whose_column_changed_and_why(
    upgraded: tuple[Restored, list[tuple[object, ...]]],
) -> None:
    site, _before = upgraded
    told = site.query(
        "SELECT row_id, reason FROM core_auditentry WHERE source = %s",
        "migrate accounts.0010_staff_by_role",
    )
    changed = {key for key, (_su, was, _role, now) in PEOPLE.items() if was != now}
    assert {row for row, _reason in told} == changed
    assert {reason for _row, reason in told} == {
        "Access to the desk follows the roles."
    }
