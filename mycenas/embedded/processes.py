"""Starts programs side by side, shows their output and restarts what crashes."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from mycenas.embedded.guard import Guard, Ward
from mycenas.embedded.terminal import CannotStart, Console

STEP = 0.2
READ = 65536
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# A program that ran this long has recovered: the next crash counts as the first.
SETTLED_SECONDS = 60.0
EARLY_CRASHES = 3


@dataclass(frozen=True)
class Program:
    """What to start, and how long it may take to stop (seconds)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    patience: float = 10.0


class Child:
    """One started program, leader of its own process group."""

    def __init__(self, program: Program, console: Console, guard: Guard) -> None:
        """Start it; its output is read by `pump`."""
        self.program = program
        self._console = console
        self._guard = guard
        self._rest = b""
        self.is_silent = False
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            cwd=program.folder,
            env=dict(program.environment),
            start_new_session=True,
        )
        guard.watch(Ward(self.process.pid))
        self._pipe = cast("IO[bytes]", self.process.stdout)
        self.output = self._pipe.fileno()
        os.set_blocking(self.output, False)

    def pump(self) -> str:
        """Show the complete lines said so far, and return them."""
        with contextlib.suppress(BlockingIOError):
            piece = os.read(self.output, READ)
            self.is_silent = not piece
            self._rest += piece
        complete, newline, self._rest = self._rest.rpartition(b"\n")
        text = (complete + newline).decode(errors="replace")
        if text:
            self._console.say(self.program.name, text)
        return text

    def signal(self, number: int) -> None:
        """Signal the program with everything it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def close(self) -> int:
        """Clear up behind an ended program; returns its exit code."""
        code = self.process.wait()
        # Its own children may have outlived it, and hold the pipe or a port.
        self.signal(signal.SIGKILL)
        while self.pump():
            continue
        if self._rest:
            self._console.say(self.program.name, self._rest.decode(errors="replace"))
        self._guard.forget(self.process.pid)
        self._pipe.close()
        return code


@dataclass
class Slot:
    """A supervised program: running, or waiting for its next start."""

    program: Program
    child: Child | None = None
    delay: float = FIRST_DELAY
    next_start: float = 0.0
    crashes: int = 0
    starts: int = 0


class Supervisor:
    """Runs everything in one thread; nothing happens outside `tick`."""

    def __init__(
        self,
        console: Console,
        guard: Guard,
        *,
        on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_tick` is called in every turn and may raise to end the waiting."""
        self._console = console
        self._guard = guard
        self._on_tick = on_tick
        self._slots: dict[str, Slot] = {}
        self._selector = selectors.DefaultSelector()
        self._output: dict[str, str] = {}
        self.gives_up = True

    @property
    def pids(self) -> dict[str, int]:
        """The running programs' processes by name."""
        slots = self._slots.items()
        return {name: slot.child.process.pid for name, slot in slots if slot.child}

    def start(self, program: Program) -> None:
        """Start a program and start it again whenever it ends."""
        slot = self._slots[program.name] = Slot(program)
        self._launch(slot)

    def run(self, program: Program) -> int:
        """Run a program to its end while the others go on; return its exit code."""
        child = self._open(program)
        try:
            while child.process.poll() is None:
                self.tick()
        except BaseException:
            self._end([child], urgent=lambda: False)
            raise
        return self._close(child)

    def has_said(self, name: str, words: str) -> bool:
        """Whether the program's output since its start contains `words`."""
        return words in self._output.get(name, "")

    def tick(self) -> None:
        """One turn of at most a fifth of a second."""
        self._on_tick()
        self._guard.ensure()
        self._read(STEP)
        for slot in self._slots.values():
            if slot.child is not None and slot.child.process.poll() is not None:
                self._note_crash(slot, slot.child)
            if slot.child is None and time.monotonic() >= slot.next_start:
                self._launch_again(slot)

    def pause(self, seconds: float) -> None:
        """Look after the programs for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tick()

    def stop(self, *, urgent: Callable[[], bool] = lambda: False) -> None:
        """End all programs together; `urgent` turning true cuts the patience short."""
        children = [slot.child for slot in self._slots.values() if slot.child]
        self._slots.clear()
        self._end(children, urgent=urgent)

    def _end(self, children: list[Child], *, urgent: Callable[[], bool]) -> None:
        asked, waiting = time.monotonic(), list(children)
        for child in waiting:
            child.signal(signal.SIGTERM)
        while waiting:
            self._read(STEP)
            for child in list(waiting):
                if time.monotonic() - asked > child.program.patience or urgent():
                    child.signal(signal.SIGKILL)
                if child.process.poll() is not None:
                    waiting.remove(child)
                    self._close(child)

    def _read(self, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._selector.select(seconds):
            child: Child = key.data
            name = child.program.name
            self._output[name] = (self._output.get(name, "") + child.pump())[-READ:]
            if child.is_silent:
                self._selector.unregister(child.output)

    def _note_crash(self, slot: Slot, child: Child) -> None:
        name, lasted = slot.program.name, time.monotonic() - child.started
        code = self._close(child)
        slot.child = None
        # A signal comes from outside: it is no proof that the program cannot start.
        slot.crashes += code >= 0
        if self.gives_up and slot.crashes >= EARLY_CRASHES:
            message = f"{name} does not start: it ended {slot.crashes} times in a row."
            raise CannotStart(message)
        slot.delay = FIRST_DELAY if lasted > SETTLED_SECONDS else slot.delay
        self._delay(slot, f"{name} stopped with exit code {code}")

    def _delay(self, slot: Slot, reason: str) -> None:
        slot.next_start = time.monotonic() + slot.delay
        self._console.say("run", f"{reason}; starting again in {slot.delay:g} s")
        slot.delay = min(slot.delay * 2, LONGEST_DELAY)

    def _launch_again(self, slot: Slot) -> None:
        try:
            self._launch(slot)
        except OSError as error:
            # No process or memory left for now: the other programs go on.
            self._delay(slot, f"{slot.program.name} does not start: {error.strerror}")

    def _launch(self, slot: Slot) -> None:
        self._output[slot.program.name] = ""
        slot.child = self._open(slot.program)
        slot.starts += 1
        if slot.starts > 1:
            name, pid = slot.program.name, slot.child.process.pid
            self._console.say("run", f"{name} started again (process {pid})")

    def _open(self, program: Program) -> Child:
        child = Child(program, self._console, self._guard)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        return child

    def _close(self, child: Child) -> int:
        if not child.is_silent:
            self._selector.unregister(child.output)
        return child.close()
