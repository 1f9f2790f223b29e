"""Starts processes side by side, shows their output and restarts what crashes."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, cast

import psycopg

from mycenas.embedded.guard import Guard, Ward, stop_all
from mycenas.embedded.terminal import CannotStart, Console

STEP = 0.1
# Bytes of a program's output that are kept for `has_said`.
KEPT = 65536
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# What ran this long has recovered: the next crash counts as the first.
SETTLED_SECONDS = 60.0
EARLY_CRASHES = 3


class Process:
    """One command, on the guard's list while it runs. Not for several threads."""

    name: str
    # How it is asked to stop, and how many seconds it may take.
    stop_signal: int = signal.SIGTERM
    patience = 10.0
    is_group = True
    is_server = False

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, from its start until `stop` has cleared up behind it."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """The exit code of a process that has ended by itself."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        raise NotImplementedError

    def launch(self, command: Sequence[str], **options: Any) -> None:
        """Start `command`; `options` are those of `subprocess.Popen`."""
        options = {"stdin": subprocess.DEVNULL} | options
        options["start_new_session"] = self.is_group
        started = subprocess.Popen(command, **options)
        self._process = cast("subprocess.Popen[bytes]", started)
        self._guard.watch(self.ward(started.pid))

    def ward(self, pid: int) -> Ward:
        """The process as the guard knows it."""
        how = (self.stop_signal, self.patience, self.is_group, self.is_server)
        return Ward(pid, *how)

    def stop(self) -> None:
        stop([self])

    def forget(self) -> None:
        """Take the ended process off the list."""
        if self._process is not None:
            self._guard.forget(self._process.pid)
        self._process = None


def stop(
    processes: Iterable[Process], is_urgent: Callable[[], bool] = lambda: False
) -> None:
    """End all of them together, with what they have started."""
    running = {one.pid: one for one in processes if one.pid}
    stop_all(
        [one.ward(pid) for pid, one in running.items()],
        runs=lambda pid: running[pid].exit_code is None,
        is_urgent=is_urgent,
    )
    for one in running.values():
        one.forget()


@dataclass
class Program(Process):
    """A program of the site, whose output is shown behind its name."""

    name: str
    command: Sequence[str]
    options: dict[str, Any]
    console: Console
    guard: Guard
    patience: float = 10.0
    _said: bytes = field(default=b"", init=False)

    def __post_init__(self) -> None:
        super().__init__(self.guard)

    def start(self) -> None:
        self._said = b""
        self.launch(
            self.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **self.options,
        )
        output = cast("subprocess.Popen[bytes]", self._process).stdout
        self._reader = threading.Thread(target=self._show, args=(output,), daemon=True)
        self._reader.start()

    def forget(self) -> None:
        self._reader.join(1)
        super().forget()

    def has_said(self, words: bytes) -> bool:
        """Whether the output since the start contains `words`."""
        return words in self._said

    def _show(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._said = (self._said + line)[-KEPT:]
                self.console.say(self.name, line.decode(errors="replace"))


@dataclass
class Slot:
    """A supervised process: running, or waiting for its next start."""

    process: Process
    started: float = field(default_factory=time.monotonic)
    delay: float = FIRST_DELAY
    next_start: float = 0.0
    crashes: int = 0


class Supervisor:
    """Restarts what ends. Everything is decided in one thread, inside `tick`."""

    def __init__(
        self, console: Console, guard: Guard, *, on_tick: Callable[[], None]
    ) -> None:
        """`on_tick` is called in every turn and may raise to end the waiting."""
        self._console = console
        self._guard = guard
        self._on_tick = on_tick
        self._slots: list[Slot] = []
        self.gives_up = True
        self.crashes = 0

    @property
    def pids(self) -> dict[str, int]:
        """The running processes by name."""
        processes = [slot.process for slot in self._slots]
        return {process.name: process.pid for process in processes if process.pid}

    def add(self, process: Process) -> None:
        """Start a process again whenever it ends."""
        self._slots.append(Slot(process))

    def run(self, program: Program) -> int:
        """Run a program to its end while the others go on; return its exit code."""
        program.start()
        try:
            while (code := program.exit_code) is None:
                self.tick()
        finally:
            program.stop()
        return code

    def tick(self) -> None:
        """One turn of a tenth of a second and what the restarts take."""
        self._on_tick()
        self._guard.ensure()
        time.sleep(STEP)
        for slot in self._slots:
            code = slot.process.exit_code
            if code is not None:
                self._note_crash(slot, code)
            elif slot.process.pid is None and time.monotonic() >= slot.next_start:
                self._start_again(slot)

    def pause(self, seconds: float) -> None:
        """Look after the processes for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tick()

    def stop_programs(self, *, is_urgent: Callable[[], bool]) -> None:
        """End all but the servers."""
        processes = [slot.process for slot in self._slots]
        stop([one for one in processes if not one.is_server], is_urgent)

    def _note_crash(self, slot: Slot, code: int) -> None:
        name = slot.process.name
        slot.process.stop()
        self.crashes += 1
        # A signal comes from outside: it is no proof that the program cannot start.
        slot.crashes += code >= 0
        if self.gives_up and slot.crashes >= EARLY_CRASHES:
            raise CannotStart(
                f"{name} does not start: it ended {slot.crashes} times in a row."
            )
        if time.monotonic() - slot.started > SETTLED_SECONDS:
            slot.delay = FIRST_DELAY
        self._delay(slot, f"{name} stopped with exit code {code}")

    def _delay(self, slot: Slot, reason: str) -> None:
        slot.next_start = time.monotonic() + slot.delay
        self._console.say("run", f"{reason}; starting again in {slot.delay:g} s")
        slot.delay = min(slot.delay * 2, LONGEST_DELAY)

    def _start_again(self, slot: Slot) -> None:
        process = slot.process
        try:
            process.start()
        except (CannotStart, OSError, psycopg.Error) as error:
            # No process, memory or disk left for now: the others go on.
            process.stop()
            self._delay(slot, f"{process.name} does not start: {error}")
            return
        slot.started = time.monotonic()
        self._console.say(
            "run", f"{process.name} started again (process {process.pid})"
        )
