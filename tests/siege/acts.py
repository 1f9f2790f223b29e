"""What the injector can do; each act by its name, with how many processes it kills."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.siege.processes import (
    children_of,
    command_of,
    descendants_of,
    halt_then,
    parents,
    send,
)
from tests.siege.seeding import CLOSING
from tests.siege.site import PROGRAMS, SERVERS, SiegeSite, wait_for

QUEUE = "celery"
HOUR = 3600.0
VICTIM_SECONDS = 60.0
KILL, STOP, GO_ON = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT


@dataclass(frozen=True)
class Attack:
    """The attacked site, and the dice that decide the details."""

    site: SiegeSite
    dice: random.Random

    def victim(self, name: str) -> int:
        """The process of a program, waited for while it is being started again."""
        wait_for(f"{name} is there", lambda: self._alive(name), VICTIM_SECONDS)
        return self.site.pid(name)

    def _alive(self, name: str) -> bool:
        return self.site.pid(name) in parents()

    def redis(self, *words: str | bytes) -> None:
        """One command to Valkey, once it answers."""
        wait_for("valkey answers", lambda: self.site.redis("PING"), VICTIM_SECONDS)
        self.site.redis(*words)

    def moment(self, longest: float = 3.0) -> float:
        return self.dice.uniform(0.5, longest)

    def group(self, name: str) -> list[int]:
        """A program with everything that it has started."""
        return sorted(descendants_of(self.victim(name)))

    def worker_child(self) -> int:
        return self.dice.choice(self._waited_for("worker", ""))

    def backend(self) -> int:
        """A process of PostgreSQL that serves the site."""
        return self.dice.choice(self._waited_for("postgres", "postgres: mycenas_app"))

    def _waited_for(self, name: str, words: str) -> list[int]:
        """A program's direct children whose command begins with ``words``."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [
                pid
                for pid in children_of(self.victim(name))
                if command_of(pid).startswith(words)
            ]
            return bool(found)

        wait_for(f"{name} has children", is_there, VICTIM_SECONDS)
        return found


@dataclass(frozen=True)
class Act:
    """One kind of attack; ``run`` returns how many processes it has killed."""

    name: str
    run: Callable[[Attack], int | None]
    needs_crash_fs: bool = False
    once: bool = False


ACTS: dict[str, Act] = {}


def act(name: str, **traits: bool) -> Callable[[Callable], Callable]:
    def register(run: Callable[[Attack], int | None]) -> Callable:
        ACTS[name] = Act(name, run, **traits)
        return run

    return register


# --- kill; stop and kill


def _kill_at_once(name: str) -> Callable[[Attack], int]:
    def run(attack: Attack) -> int:
        send(KILL, *attack.group(name))
        return 1

    return run


def _halt_and_kill(name: str) -> Callable[[Attack], int]:
    def run(attack: Attack) -> int:
        halt_then(KILL, attack.moment(), *attack.group(name))
        return 1

    return run


def _halt(name: str) -> Callable[[Attack], None]:
    def run(attack: Attack) -> None:
        halt_then(GO_ON, attack.moment(5), *attack.group(name))

    return run


for _name in (*PROGRAMS, "valkey"):
    act(f"{_name} killed")(_kill_at_once(_name))
for _name in ("web", "worker", "valkey"):
    act(f"{_name} halted and killed")(_halt_and_kill(_name))
for _name in ("web", "worker", "beat", "valkey", "postgres"):
    act(f"{_name} halted")(_halt(_name))


@act("worker's parent killed")
def kill_worker_parent(attack: Attack) -> int:
    send(KILL, attack.victim("worker"))
    return 1


@act("worker's child killed")
def kill_worker_child(attack: Attack) -> int:
    send(KILL, attack.worker_child())
    return 1


@act("database backend killed")
def kill_backend(attack: Attack) -> int:
    send(KILL, attack.backend())
    return 1


@act("postmaster killed")
def kill_postmaster(attack: Attack) -> int:
    send(KILL, attack.victim("postgres"))
    return 1


@act("postmaster halted and killed")
def halt_and_kill_postmaster(attack: Attack) -> int:
    halt_then(KILL, attack.moment(), attack.victim("postgres"))
    return 1


@act("guard killed")
def kill_guard(attack: Attack) -> int:
    send(KILL, attack.victim("guard"))
    return 1


@act("everything killed at once")
def kill_everything(attack: Attack) -> int:
    names = (*PROGRAMS, *SERVERS)
    groups = [attack.group(name) for name in names]
    with attack.site.nobody_restarts():
        for group in groups:
            send(KILL, *group)
        pids = {pid for group in groups for pid in group}
        wait_for("they are gone", lambda: not parents().keys() & pids)
        if attack.site.disk.is_crash_fs:
            attack.site.disk.order("forget")
    return len(names)


# --- hang, go on, start again


@act("worker's child halted past its lease")
def outlive_the_lease(attack: Attack) -> None:
    """It goes on when others have taken over; its late commit must count for nothing.

    The wait happens elsewhere: other acts come meanwhile.
    """
    pid = attack.worker_child()
    send(STOP, pid)
    attack.site.later(attack.dice.uniform(22, 26), lambda: send(GO_ON, pid))


@act("web restarted")
def restart_web(attack: Attack) -> None:
    send(signal.SIGTERM, attack.victim("web"))


@act("worker restarted")
def restart_worker(attack: Attack) -> None:
    send(signal.SIGTERM, attack.victim("worker"))


# --- Valkey loses, refuses, lies


@act("valkey flushed")
def flush(attack: Attack) -> None:
    attack.redis("FLUSHALL")


@act("valkey filled")
def fill(attack: Attack) -> None:
    attack.redis("CONFIG", "SET", "maxmemory", "1")
    with contextlib.suppress(OSError):
        time.sleep(attack.moment(5))
        attack.site.redis("CONFIG", "SET", "maxmemory", "0")


@act("garbage in the queue")
def litter(attack: Attack) -> None:
    attack.redis("LPUSH", QUEUE, attack.dice.randbytes(40))


@act("unknown task in the queue")
def ask_the_impossible(attack: Attack) -> None:
    attack.redis("LPUSH", QUEUE, message("nobody.knows.this"))


def message(task: str) -> str:
    """A message as Celery writes it, for any task."""
    name = str(uuid.uuid4())
    body = base64.b64encode(b"[[], {}, {}]").decode()
    headers = {"lang": "py", "task": task, "id": name, "root_id": name}
    properties = {
        "correlation_id": name,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": name,
    }
    return json.dumps(
        {
            "body": body,
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": headers,
            "properties": properties,
        }
    )


# --- disk, power, clock, calendar


@act("disk full", needs_crash_fs=True)
def fill_disk(attack: Attack) -> None:
    with full_disk(attack.site):
        time.sleep(attack.moment(5))


@contextmanager
def full_disk(site: SiegeSite) -> Iterator[None]:
    site.disk.order("full")
    try:
        yield
    finally:
        site.disk.order("roomy")


@act("power cut", needs_crash_fs=True)
def cut_power(attack: Attack) -> int:
    for name in ("web", "worker", "sweep"):
        attack.victim(name)
    return attack.site.lose_power()


@act("web clock stepped")
def step_clock(attack: Attack) -> None:
    attack.site.control.set_clock(attack.dice.choice((-HOUR, 0.0, HOUR)))


@act("competition closed", once=True)
def close_competition(attack: Attack) -> None:
    attack.site.seed("close", CLOSING)


def heal(site: SiegeSite) -> None:
    """End every attack that lasts; what was killed is the launcher's to start."""
    site.end_waiting()
    send(GO_ON, *descendants_of(site.pid("run")))
    site.control.set_clock(0)
    if site.disk.is_crash_fs:
        site.disk.order("roomy")
    wait_for("all processes are back", site.is_up)
    site.redis("CONFIG", "SET", "maxmemory", "0")
