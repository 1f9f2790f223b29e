"""One attack for each protection, which only that protection withstands."""

from __future__ import annotations

import base64
import io
import random
import signal
from dataclasses import dataclass
from functools import partial

from PIL import Image

from tests.siege.pictures import GOOD, Work
from tests.siege.processes import descendants_of, overhear, send
from tests.siege.proxy import HALF_CLOSE, Fault, Proxy
from tests.siege.site import SiegeSite, wait_for
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
class Mutation:
    """Who attacks what; ``hall`` is the mutation's own competition."""

    site: SiegeSite
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
        self.site_is_up()
        token = self.submitter.enter(work, self.hall, by_ticket)
        if token is None:
            raise Missed("it was not acknowledged")
        return token

    def site_is_up(self) -> None:
        wait_for("all processes are back", self.site.is_up)

    def of(self, token: str, column: str) -> object:
        return self.site.sql(OF_ENTRY.format(column), token)[0][0]

    def kill(self, name: str) -> None:
        send(signal.SIGKILL, *descendants_of(self.site.pid(name)))


def cut_the_power(mutation: Mutation) -> None:
    """fsync: right after the acknowledgment, everything unsynced is gone."""
    mutation.enter(mutation.work())
    mutation.site.lose_power()


def lose_the_message(mutation: Mutation) -> None:
    """sweeper: the only hint dies in the hands of a worker that hung."""
    mutation.site_is_up()
    group = sorted(descendants_of(mutation.site.pid("worker")))
    send(signal.SIGSTOP, *group)
    with overhear(str(mutation.site.facts["redis_url"])) as wait_for_command:
        token = mutation.enter(mutation.work(60))
        wait_for_command(hint_for(mutation.of(token, "id")))
    send(signal.SIGKILL, *group)
    mutation.site.redis("FLUSHALL")


def hint_for(entry: object) -> bytes:
    """What only the message about this entry holds: its arguments, as Celery packs it.

    Base64 takes three bytes at a time, so what follows them does not matter.
    """
    arguments = f'[[{entry}], {{}}, {{"callbacks"'.encode()
    return base64.b64encode(arguments[: len(arguments) // 3 * 3])


def kill_after_the_answer(mutation: Mutation) -> None:
    """early ack: who has just acknowledged dies."""
    mutation.site_is_up()
    if mutation.submitter.enter(mutation.work(60), mutation.hall, post) is None:
        raise Missed("it was not acknowledged")
    mutation.kill("web")


def commit_late(mutation: Mutation) -> None:
    """fence: a worker hangs past its lease and goes on while another has the entry."""
    for _ in range(TRIES):
        token, late = halted_in_work(mutation)
        other = late
        try:
            mutation.site.sql(LEASE_IS_OVER, token)
            other = next_holder(mutation, token, late)
            # Whoever is at it now must not be quicker than the late one.
            send(signal.SIGSTOP, other)
            if mutation.of(token, "state") == "processing":
                send(signal.SIGCONT, late)
                wait_for("the late one has tried", partial(_has_tried, mutation, token))
                return
        finally:
            send(signal.SIGCONT, late, other)
    raise Missed("it was always checked before the second one could be halted")


def halted_in_work(mutation: Mutation) -> tuple[str, int]:
    """An entry that is being checked by a process which hangs, and that process."""
    for _ in range(TRIES):
        token = mutation.enter(mutation.large_work())
        holder = next_holder(mutation, token, 0)
        send(signal.SIGSTOP, holder)
        if mutation.of(token, "state") == "processing":
            return token, holder
        send(signal.SIGCONT, holder)
    raise Missed("it was always checked before anybody could be halted")


def next_holder(mutation: Mutation, token: str, last: int) -> int:
    """Who takes the entry after ``last``; 0 if it was checked too quickly."""

    def has_come() -> bool:
        return _holder(mutation, token) not in (0, last) or _is_checked(mutation, token)

    wait_for("somebody takes it", has_come)
    return _holder(mutation, token)


def _is_checked(mutation: Mutation, token: str) -> bool:
    return mutation.of(token, "state") not in ("received", "processing")


def _holder(mutation: Mutation, token: str) -> int:
    """The process that has the lease, or 0."""
    return int(str(mutation.of(token, "lease_owner")).rpartition(":")[2] or 0)


def _has_tried(mutation: Mutation, token: str) -> bool:
    """It has committed, or it was told that it was overtaken."""
    number = mutation.of(token, "id")
    return _is_checked(mutation, token) or (
        f"Entry {number} was taken over" in mutation.site.said()
    )


def close_half_way(mutation: Mutation) -> None:
    """length check: the sender's side ends in the middle of the file."""
    mutation.site_is_up()
    work = mutation.work()
    mutation.proxy.planned = [Fault(HALF_CLOSE, len(work.data) // 2, 3.0)]
    mutation.submitter.enter(work, mutation.hall, post, tries=1)
