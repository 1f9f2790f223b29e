"""One site for all journeys, people to use it, and a browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.browser import found_browser
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.sharing import Home, shared_site
from tests.journeys.stack import Stack


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One site for the whole test run, whichever process its tests are in."""
    folder = tmp_path_factory.getbasetemp()
    is_one_of_many = "PYTEST_XDIST_WORKER" in os.environ
    with shared_site(folder.parent if is_one_of_many else folder) as home:
        yield home


@pytest.fixture(scope="session")
def stack(home: Home) -> Stack:
    """The whole site, up and empty but for people and competitions."""
    return home[0]


@pytest.fixture(scope="session")
def people(home: Home) -> People:
    return home[1]


@pytest.fixture
def someone(stack: Stack, people: People) -> Iterator[Callable[[], Participant]]:
    """New participants, signed in."""
    made: list[Participant] = []

    def make() -> Participant:
        made.append(Participant(stack, people.next_guest()))
        return made[-1]

    yield make
    for participant in made:
        participant.client.close()


browser = pytest.fixture(scope="module")(found_browser)
