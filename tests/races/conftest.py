"""A served site, a competition in it, and a participant who sends to it."""

from __future__ import annotations

import pytest

from tests.protocol.tus.serving import Sender, Served
from tests.protocol.tus.world import contest, person


@pytest.fixture
def site(fresh_cache, settings):
    settings.WHITENOISE_USE_FINDERS = True
    with Served(stall_seconds=0) as site:
        yield site


@pytest.fixture
def competition():
    return contest(max_entries=5)


@pytest.fixture
def ada(site):
    return Sender(site.url, person())
