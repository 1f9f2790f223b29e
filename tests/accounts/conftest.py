"""What several tests of accounts begin with."""

from __future__ import annotations

import secrets
from typing import Any

import pytest


@pytest.fixture
def nothing_counted(settings: Any) -> None:
    """The limits of sign-in as if no other test had come from this address."""
    prefix = {"KEY_PREFIX": secrets.token_hex(8)}
    settings.CACHES = {n: {**cache, **prefix} for n, cache in settings.CACHES.items()}
