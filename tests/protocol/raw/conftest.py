from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from competitions.models import Competition
from mycenas.storage import store
from tests.protocol.raw.sending import take_ticket
from tests.protocol.tus.conftest import ada, competition, picture, served
from tests.protocol.tus.serving import Sender, Served

__all__ = ["ada", "competition", "picture", "served"]


@pytest.fixture
def ticket(ada: Sender, competition: Competition) -> str:
    """The address to which a new ticket's file goes."""
    return take_ticket(ada, competition)


@pytest.fixture
def left_behind(served: Served) -> Callable[[], set[Path]]:
    """What a test adds to staging, once every request has come to its end."""
    before = set(store().stale_staging(-1))

    def find() -> set[Path]:
        served.stop()
        return set(store().stale_staging(-1)) - before

    return find
