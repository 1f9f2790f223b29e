from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from competitions.models import Competition
from tests.protocol.tus.browsing import Chromium
from tests.protocol.tus.serving import Sender, Served, metadata, path_of
from tests.protocol.tus.world import JPEG_HEAD, contest, person


@pytest.fixture
def served(
    transactional_db: None, fresh_cache: None, settings: Any
) -> Iterator[Served]:
    """The site; a silent writer gives way at once."""
    settings.WHITENOISE_USE_FINDERS = True
    with Served(stall_seconds=0) as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """Started once for all files of a worker; needs Chromium."""
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture
def enter(
    browser: Chromium, ada: Sender, competition: Competition
) -> Callable[..., tuple[Any, list[str]]]:
    """Take steps on the entry page; what they return, and what complained."""
    place = f"/competitions/{competition.slug}/enter/"
    return functools.partial(browser.visit, ada, place)


@pytest.fixture
def ada(served: Served) -> Sender:
    return Sender(served.url, person())


@pytest.fixture
def competition(served: Served) -> Competition:
    return contest()


@pytest.fixture
def words(ada: Sender, competition: Competition) -> dict[str, str]:
    """The metadata of a new reservation."""
    return {"ticket": ada.reserve(competition)["token"]}


@pytest.fixture
def new(ada: Sender, competition: Competition) -> Callable[..., str]:
    """The path of a new upload of so many bytes."""

    def make(length: int, **more: str) -> str:
        ticket = ada.reserve(competition)["token"]
        reply = ada.create(length, Upload_Metadata=metadata(ticket=ticket, **more))
        assert reply.status == 201, reply.body
        return path_of(reply)

    return make


@pytest.fixture
def picture() -> bytes:
    return JPEG_HEAD + os.urandom(100_000)
