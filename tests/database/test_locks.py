"""Every advisory lock, in guards, migrations and code, is of a registered class."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from mycenas.core.db.locks import LockClass, lock
from tests.database.tools import one, rows

ROOT = Path(settings.BASE_DIR)
HELPER = ROOT / "mycenas/core/db/locks.py"
TAKEN = r"pg_(?:try_)?advisory_\w+\("
# Two keys, of which the first is the class; or one key, hashed with the class.
CLASS = re.compile(
    rf"{TAKEN}\s*(?:(\d+)\s*,|hashtextextended\((?:[^()]|\([^()]*\))*,\s*(\d+)\s*\))"
)
FUNCTIONS = """
SELECT prosrc FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND prosrc LIKE '%%advisory%%'
"""
HELD = """
SELECT mode FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = %s AND objid = %s
"""


def unregistered(sql: str) -> list[str]:
    """Locks in the text whose class is not a registered number."""
    found = CLASS.findall(sql)
    classes = [pair or hashed for pair, hashed in found]
    unread = ["unread"] * (len(re.findall(TAKEN, sql)) - len(found))
    known = {str(number.value) for number in LockClass}
    return [number for number in classes if number not in known] + unread


def sources() -> dict[str, str]:
    """The text of each of our files that takes a lock."""
    folders = ("mycenas", "competitions", "submissions", "campaigns", "interactions")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    texts = {path: path.read_text() for path in files if path != HELPER}
    return {
        str(path.relative_to(ROOT)): text
        for path, text in texts.items()
        if re.search(TAKEN, text)
    }


def test_only_migrations_and_the_helper_take_locks():
    assert [path for path in sources() if "/migrations/" not in path] == []


def test_migrations_use_registered_classes():
    faults = {path: unregistered(text) for path, text in sources().items()}
    assert len(faults) > 5
    assert {path: found for path, found in faults.items() if found} == {}


@pytest.mark.django_db
def test_guards_use_registered_classes():
    bodies = [body for (body,) in rows(FUNCTIONS)]
    assert len(bodies) > 5
    assert [found for body in bodies if (found := unregistered(body))] == []


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("PERFORM pg_advisory_xact_lock(7301, OLD.id::int);", []),
        ("PERFORM pg_advisory_xact_lock_shared(9, NEW.id::int);", ["9"]),
        ("pg_advisory_xact_lock(hashtextextended(\n format('%s', id), 7301))", []),
        ("pg_try_advisory_lock(hashtextextended(format('%s', id), 8))", ["8"]),
        ("SELECT pg_advisory_lock(number);", ["unread"]),
    ],
)
def test_the_search_for_other_classes_finds_them(sql, found):
    assert unregistered(sql) == found


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_held_until_the_transaction_ends():
    with transaction.atomic():
        lock(LockClass.EXPORTS, 7)
        assert one(HELD, [LockClass.EXPORTS.value, 7]) == "ExclusiveLock"
    assert one(HELD, [LockClass.EXPORTS.value, 7]) is None
