"""One attack for each protection, which only that protection withstands."""

from __future__ import annotations

import base64
import io
import random
import signal
from dataclasses import dataclass
from functools import partial

from PIL import Image

from tests.siege.fortress import Fortress, wait_for
from tests.siege.pictures import GOOD, Work
from tests.siege.processes import descendants_of, overhear, send
from tests.siege.proxy import HALF_CLOSE, Fault, Proxy
from tests.siege.submitters import Submitter
from tests.siege.ways import by_ticket, post
from tests.siege.wire import new_key

# Pixels each way: checking it takes long enough to be interrupted.
LARGE = 6_000
TRIES = 10
OF_ENTRY = "SELECT {} FROM submissions_submission WHERE token = %s"
LEASE_IS_OVER = """
UPDATE submissions_submission SET lease_until = clock_timestamp() WHERE token = %s
"""


class Missed(AssertionError):
    """The moment for the attack passed before it could be made."""


@dataclass(frozen=True)
class Drill:
    """Who attacks what; ``hall`` is the drill's own competition."""

    fortress: Fortress
    proxy: Proxy
    submitter: Submitter
    hall: str
    dice: random.Random

    def work(self, side: int = 200) -> Work:
        """A picture of noise in PNG: its bytes cannot be guessed from its half."""
        image = Image.frombytes("RGB", (side, side), self.dice.randbytes(side**2 * 3))
        return self._named(image)

    def _named(self, image: Image.Image) -> Work:
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1)
        return Work(new_key(), GOOD, "work.png", out.getvalue())

    def large_work(self) -> Work:
        """Many pixels in few bytes."""
        image = Image.new("L", (LARGE, LARGE), self.dice.randrange(256))
        image.putdata(list(self.dice.randbytes(64)))
        return self._named(image)

    def enter(self, work: Work) -> str:
        """Enter it in peace; it must be acknowledged."""
        self.fortress_is_up()
        token = self.submitter.enter(work, self.hall, by_ticket)
        if token is None:
            raise Missed("it was not acknowledged")
        return token

    def fortress_is_up(self) -> None:
        wait_for("all processes are back", self.fortress.is_up)

    def of(self, token: str, column: str) -> object:
        return self.fortress.sql(OF_ENTRY.format(column), token)[0][0]

    def kill(self, name: str) -> None:
        send(signal.SIGKILL, *descendants_of(self.fortress.pid(name)))


def cut_the_power(drill: Drill) -> None:
    """fsync: right after the acknowledgment, everything unsynced is gone."""
    drill.enter(drill.work())
    drill.fortress.lose_power()


def lose_the_message(drill: Drill) -> None:
    """sweeper: the only hint dies in the hands of a worker that hung."""
    drill.fortress_is_up()
    group = sorted(descendants_of(drill.fortress.pid("worker")))
    send(signal.SIGSTOP, *group)
    with overhear(str(drill.fortress.facts["redis_url"])) as wait_for_command:
        token = drill.enter(drill.work(60))
        wait_for_command(hint_for(drill.of(token, "id")))
    send(signal.SIGKILL, *group)
    drill.fortress.redis("FLUSHALL")


def hint_for(entry: object) -> bytes:
    """What only the message about this entry holds: its arguments, as Celery packs it.

    Base64 takes three bytes at a time, so what follows them does not matter.
    """
    arguments = f'[[{entry}], {{}}, {{"callbacks"'.encode()
    return base64.b64encode(arguments[: len(arguments) // 3 * 3])


def kill_after_the_answer(drill: Drill) -> None:
    """early ack: who has just acknowledged dies."""
    drill.fortress_is_up()
    if drill.submitter.enter(drill.work(60), drill.hall, post) is None:
        raise Missed("it was not acknowledged")
    drill.kill("web")


def commit_late(drill: Drill) -> None:
    """fence: a worker hangs past its lease and goes on while another has the entry."""
    for _ in range(TRIES):
        token, late = halted_in_work(drill)
        other = late
        try:
            drill.fortress.sql(LEASE_IS_OVER, token)
            other = next_holder(drill, token, late)
            # Whoever is at it now must not be quicker than the late one.
            send(signal.SIGSTOP, other)
            if drill.of(token, "state") == "processing":
                send(signal.SIGCONT, late)
                wait_for("the late one has tried", partial(_has_tried, drill, token))
                return
        finally:
            send(signal.SIGCONT, late, other)
    raise Missed("it was always checked before the second one could be halted")


def halted_in_work(drill: Drill) -> tuple[str, int]:
    """An entry that is being checked by a process which hangs, and that process."""
    for _ in range(TRIES):
        token = drill.enter(drill.large_work())
        holder = next_holder(drill, token, 0)
        send(signal.SIGSTOP, holder)
        if drill.of(token, "state") == "processing":
            return token, holder
        send(signal.SIGCONT, holder)
    raise Missed("it was always checked before anybody could be halted")


def next_holder(drill: Drill, token: str, last: int) -> int:
    """Who takes the entry after ``last``; 0 if it was checked too quickly."""

    def has_come() -> bool:
        return _holder(drill, token) not in (0, last) or _is_checked(drill, token)

    wait_for("somebody takes it", has_come)
    return _holder(drill, token)


def _is_checked(drill: Drill, token: str) -> bool:
    return drill.of(token, "state") not in ("received", "processing")


def _holder(drill: Drill, token: str) -> int:
    """The process that has the lease, or 0."""
    return int(str(drill.of(token, "lease_owner")).rpartition(":")[2] or 0)


def _has_tried(drill: Drill, token: str) -> bool:
    """It has committed, or it was told that it was overtaken."""
    number = drill.of(token, "id")
    return _is_checked(drill, token) or (
        f"Entry {number} was taken over" in drill.fortress.said()
    )


def close_half_way(drill: Drill) -> None:
    """length check: the sender's side ends in the middle of the file."""
    drill.fortress_is_up()
    work = drill.work()
    drill.proxy.planned = [Fault(HALF_CLOSE, len(work.data) // 2, 3.0)]
    drill.submitter.enter(work, drill.hall, post, tries=1)
