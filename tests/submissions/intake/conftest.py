"""A Redis that does not answer."""

from __future__ import annotations

import pytest
from django.core.cache import caches

from submissions.intake.tally import tally


@pytest.fixture(params=["free_port", "silent_server"])
def ill_redis(request, settings):
    """Gone (nobody answers the call), or hung (the call is taken, and silence)."""
    port = request.getfixturevalue(request.param)
    pace = {**settings.CACHES["pace"], "LOCATION": f"redis://127.0.0.1:{port}/0"}
    settings.CACHES = {**settings.CACHES, "pace": pace}
    yield
    tally.settle()
    caches["pace"].close()
