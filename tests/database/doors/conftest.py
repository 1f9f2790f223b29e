"""Every door is tried by the site's own role, on one world per module."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from django.db import transaction

from tests.database.approle import as_the_site
from tests.database.doors.world import World, build


@pytest.fixture(scope="module")
def module_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), as_the_site(), transaction.atomic():
        found = build()
        for row in found.values():
            row.refresh_from_db()
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def db(module_world: World, django_db_blocker: Any) -> Iterator[None]:
    """The site's connection; what a test writes is taken back, the world stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None, module_world: World) -> World:
    """The rows by machine and state, as PostgreSQL has them; to be changed at will."""
    return {key: copy(row) for key, row in module_world.items()}
