"""Advisory locks and the registry of their classes."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from competitions.models import ENTRIES_LOCK
from mycenas.core.db import locks

TRY = "SELECT pg_try_advisory_xact_lock{}({}, 5)"
# pg_advisory_xact_lock(7301, …) and hashtextextended(…, 7301))
IN_SQL = re.compile(
    r"pg_advisory\w*\((\d+),|hashtextextended\([^;]*?,\s*(\d+)\)\)", re.DOTALL
)


@pytest.fixture
def second(db):
    """A second connection to the same database."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        yield other


def is_free(other, kind=""):
    """Whether another transaction gets the lock now."""
    with other.transaction(force_rollback=True):
        return other.execute(TRY.format(kind, ENTRIES_LOCK.number)).fetchone()[0]


@pytest.mark.django_db
def test_an_exclusive_lock_excludes_shared_ones(second):
    with transaction.atomic():
        ENTRIES_LOCK.lock(5, 4)
        assert not is_free(second)
        assert not is_free(second, "_shared")


@pytest.mark.django_db
def test_shared_locks_exclude_exclusive_ones(second):
    with transaction.atomic():
        ENTRIES_LOCK.lock_shared(5)
        assert not is_free(second)
        assert is_free(second, "_shared")


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction():
    with pytest.raises(RuntimeError):
        ENTRIES_LOCK.lock(5)


def test_a_number_belongs_to_one_class():
    with pytest.raises(ValueError, match="entries of a competition"):
        locks.lock_class(7301, "something else")
    assert ENTRIES_LOCK in locks.lock_classes()


def test_triggers_take_registered_classes_only():
    migrations = Path(settings.BASE_DIR).glob("*/migrations/*.py")
    found = [
        int(first or second)
        for path in migrations
        for first, second in IN_SQL.findall(path.read_text())
    ]
    assert len(found) > 10
    assert set(found) <= {one.number for one in locks.lock_classes()}
