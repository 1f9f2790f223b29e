"""Every door is tried by the site's own role, on rows that a test asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.database.approle import as_the_site
from tests.database.write_paths.world import World


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), as_the_site():
        yield


@pytest.fixture
def db(site: None) -> Iterator[None]:
    """The site's connection; what a test writes is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None) -> World:
    """The rows by machine and state, as PostgreSQL has them."""
    return World()
