"""What must not matter to a participant: a worker or Valkey stopped, hung or killed."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from tests.camera import photograph
from tests.journeys.client import Participant
from tests.journeys.people import People
from tests.journeys.stack import Stack, until

pytestmark = pytest.mark.stack

ROOM = "faults"

PHOTO = photograph(6, size=(640, 480))


def large_picture() -> bytes:
    """So many pixels that checking them takes a while, in few bytes."""
    out = io.BytesIO()
    Image.new("L", (9_900, 9_900), 128).save(out, "PNG", compress_level=1)
    return out.getvalue()


@contextmanager
def halted(pid: int, *, group: bool = False) -> Iterator[None]:
    """A process, or its group, that hangs: there, but doing nothing."""
    send = os.killpg if group else os.kill
    send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        send(pid, signal.SIGCONT)


def becomes_pending(stack: Stack, token: str) -> None:
    """Wait; when it is in vain, show what the site has said meanwhile."""
    try:
        until("the entry is in review", lambda: stack.state_of(token) == "pending")
    except AssertionError as error:
        error.add_note(f"it is {stack.state_of(token)}; the site: {stack.said()}")
        raise


class Victim:
    """A participant who enters works while one part after the other fails.

    The faults come before any test looks, so that their entries wait together for
    the sweeper, which takes its twenty seconds.
    """

    def __init__(self, stack: Stack, participant: Participant) -> None:
        self.stack = stack
        self.participant = participant
        self.entered: dict[str, tuple[str, bytes]] = {}

    def enter(self, when: str, data: bytes = PHOTO) -> str:
        """Enter a work; it must be acknowledged, whatever is broken."""
        token = self.participant.token(ROOM, data)
        self.entered[when] = token, data
        return token

    def suffer(self) -> None:
        self._worker_hangs()
        self._worker_is_killed()
        with halted(self.stack.pid("valkey")):
            self.enter("valkey hangs")
        # A halted launcher does not start the dead server again.
        with halted(self.stack.pid("run")):
            os.kill(self.stack.pid("valkey"), signal.SIGKILL)
            self.enter("valkey is dead")
        self.enter("valkey is back")

    def _worker_hangs(self) -> None:
        with halted(self.stack.pid("worker"), group=True):
            token = self.enter("the worker hangs")
            assert self.participant.receipt(token)["state"] == "received"
        # Before the next fault: a killed worker keeps what it has claimed for minutes.
        until("the check", lambda: self.stack.state_of(token) == "pending")

    def _worker_is_killed(self) -> None:
        token = self.enter("the worker is killed", large_picture())
        until("the check", lambda: self.stack.state_of(token) == "processing")
        killed = self.stack.pid("worker")
        os.killpg(killed, signal.SIGKILL)
        until("a new one", lambda: self.stack.facts["pids"].get("worker") != killed)
        self._lease_runs_out(token)

    def _lease_runs_out(self, token: str) -> None:
        """Let the minutes pass that a worker has for one entry."""
        assert self.stack.state_of(token) == "processing"
        change = "UPDATE submissions_submission SET lease_until = now()"
        self.stack.sql(f"{change} WHERE token = %s", token)


@pytest.fixture(scope="module")
def victim(stack: Stack, people: People) -> Iterator[Victim]:
    participant = Participant(stack, people.next_guest())
    victim = Victim(stack, participant)
    victim.suffer()
    yield victim
    participant.client.close()


@pytest.mark.parametrize(
    "when",
    [
        "the worker hangs",
        "the worker is killed",
        "valkey hangs",
        "valkey is dead",
        "valkey is back",
    ],
)
def test_an_entry_made_while_something_is_broken_is_kept_and_checked(
    victim: Victim, stack: Stack, when: str
) -> None:
    token, data = victim.entered[when]
    becomes_pending(stack, token)
    assert stack.original_of(token) == data


def test_a_killed_worker_costs_one_attempt(victim: Victim, stack: Stack) -> None:
    token, _data = victim.entered["the worker is killed"]
    becomes_pending(stack, token)
    attempts = "SELECT attempt FROM submissions_submission WHERE token = %s"
    assert stack.sql(attempts, token) == [(2,)]
