from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fuzz.wire import Answered, Asked, Line
from tests.fuzz.world import World, build
from tests.protocol.tus.serving import Served

LINES = 4


class Fuzzed:
    """The site behind its door, the world in it, and some lines to it."""

    def __init__(self, served: Served, world: World) -> None:
        place = urlsplit(served.url)
        self.world = world
        self.asked = 0
        self._lines = [
            Line(str(place.hostname), int(place.port or 0), world.sessions)
            for _ in range(LINES)
        ]
        self._pool = ThreadPoolExecutor(LINES)

    def ask(self, asked: Asked) -> Answered:
        self.asked += 1
        return self._lines[0].ask(asked)

    def failures(self, many: list[Asked]) -> list[str]:
        """Send all of them, some at once; those without an answer that may be."""
        self.asked += len(many)
        shares = [many[place::LINES] for place in range(LINES)]
        found = self._pool.map(self._failures, self._lines, shares)
        return [failure for share in found for failure in share]

    def close(self) -> None:
        self._pool.shutdown()
        for line in self._lines:
            line.close()

    def _failures(self, line: Line, many: list[Asked]) -> list[str]:
        answers = [(asked, line.ask(asked)) for asked in many]
        return [
            f"{answer.status}: {asked}"[:2000]
            for asked, answer in answers
            if answer.status >= 500 and not _may_be(asked, answer)
        ]


def _may_be(asked: Asked, answer: Answered) -> bool:
    """Health may be bad here, for no worker runs."""
    return answer.status == 503 and asked.target.startswith("/healthz/")


@pytest.fixture
def fuzzed(
    transactional_db: None, fresh_cache: None, settings: Any
) -> Iterator[Fuzzed]:
    # Every second answer is a refusal with its warning; errors are shown.
    logging.disable(logging.WARNING)
    world = build()
    with Served() as served:
        fuzzed = Fuzzed(served, world)
        yield fuzzed
        fuzzed.close()
    logging.disable(logging.NOTSET)
