from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from tests.staff.houses import house


@pytest.fixture(scope="module")
def houses_made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Two organizations, made once: what tests change is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield SimpleNamespace(own=house(), foreign=house())
        transaction.set_rollback(True)


@pytest.fixture
def houses(houses_made: Any, db: None) -> Any:
    return houses_made
