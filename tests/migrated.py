"""One process of a test run migrates a database; all of them test on copies of it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.locking import locked

NAME = "test_mycenas_migrated"


@contextmanager
def migrated_database(folder: Path, blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a migrated database without rows; one for all who name this folder.

    All of them hold the lock of ``copying``. Who finds no note of a database makes one,
    and drops it when no other process holds the lock any more.
    """
    with ExitStack() as leaving:
        with locked(folder / "migrating", fcntl.LOCK_EX):
            users = leaving.enter_context(locked(folder / "copying", fcntl.LOCK_SH))
            note = folder / "migrated"
            if not note.exists():
                leaving.enter_context(_own_database(note, users, blocker))
        yield NAME


@contextmanager
def _own_database(note: Path, users: int, blocker: DjangoDbBlocker) -> Iterator[None]:
    with blocker.unblock():
        _make()
    note.touch()
    try:
        yield
    finally:
        fcntl.flock(users, fcntl.LOCK_EX)
        note.unlink()
        with blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {NAME}")


def _make() -> None:
    """As Django makes a test database; its own names are as before afterwards."""
    named, test = connection.settings_dict, connection.settings_dict["TEST"]
    before = named["NAME"], test["NAME"]
    test["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    # No session may be connected to what is copied.
    connection.close()
    named["NAME"], test["NAME"] = before
    settings.DATABASES[connection.alias]["NAME"] = before[0]
