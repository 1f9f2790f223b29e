"""One site for all journeys of a worker, people to use it, and a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium, running_browser
from tests.journeys.client import Participant
from tests.journeys.stack import PASSWORD, Stack, running_stack


@dataclass
class People:
    """The sessions of everybody; each guest is given away once."""

    staff: dict[str, str]
    guests: dict[str, str]

    def next_guest(self) -> str:
        """The session of somebody who has done nothing yet."""
        return self.guests.pop(next(iter(self.guests)))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole site, up and empty but for people and competitions."""
    with running_stack() as stack:
        yield stack


@pytest.fixture(scope="session")
def people(stack: Stack) -> People:
    return People(**stack.seed("people", PASSWORD))


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


# Not for the session: while Playwright runs, Django takes this thread for an
# asynchronous one and refuses the database to the tests of other folders.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("needs Chromium; set CHROMIUM to its program")
    with running_browser(program) as browser:
        yield browser
