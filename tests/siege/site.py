"""The attacked site: the real launcher and its processes."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.journeys.stack import ROOT, Stack
from tests.siege.control import VARIABLE, Control
from tests.siege.processes import marking, parents, tell
from tests.siege.wire import answers

# Far more than anything takes on a loaded machine; nothing is measured by it.
PATIENCE = 240.0
STEP = 0.1
PROGRAMS = ("web", "worker", "beat", "sweep")
SERVERS = ("postgres", "valkey")


class Vain(AssertionError):
    """Something did not happen, however long one waited."""


def wait_for(what: str, holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Ask until the answer is true. Raises ``Vain``; a question that fails is a no."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, ValueError, LookupError, psycopg.Error):
            if holds():
                return
        if time.monotonic() > deadline:
            raise Vain(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(STEP)


def why_no_crash_fs() -> str:
    """Why there can be no file system of ours here; '' if there can."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is missing or closed to us"
    if importlib.util.find_spec("mfusepy") is None:
        return "mfusepy is not installed"
    if not _has_library():
        return "libfuse3 is not installed"
    return ""


def _has_library() -> bool:
    with contextlib.suppress(OSError):
        import ctypes

        ctypes.CDLL("libfuse3.so.3")
        return True
    return False


class Disk:
    """Where the files lie: where the unsynced is lost, or an ordinary folder."""

    def __init__(self, folder: Path, *, crash_fs: bool) -> None:
        self.folder = folder
        self.is_crash_fs = crash_fs
        self._process: subprocess.Popen[bytes] | None = None

    def mount(self) -> None:
        self.folder.mkdir()
        if self.is_crash_fs:
            command = (sys.executable, "-m", "tests.siege.crash_fs", str(self.folder))
            self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
            wait_for("the file system is there", (self.folder / ".order").exists)

    def order(self, word: str) -> None:
        """``forget``, ``full`` or ``roomy``."""
        (self.folder / ".order").write_text(word)

    def unmount(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if os.path.ismount(self.folder):
            subprocess.run(("umount", "--lazy", self.folder), check=False)


class SiegeSite(Stack):
    """A running site with everything that an attacker needs to know of it."""

    def __init__(self, folder: Path, *, crash_fs: bool) -> None:
        """`folder` is empty and has a short path."""
        super().__init__(folder)
        # What this site's processes are known by: far below the usual limit.
        self.marker = os.getpid() % 100_000 + 1
        self.disk = Disk(folder / "files", crash_fs=crash_fs)
        self.ledgers = folder / "ledgers"
        self.ledgers.mkdir()
        # Ledgers and log of a lost siege are to be read.
        self.is_evidence = False
        (folder / "control").mkdir()
        self.control = Control(folder / "control")
        self._waiting: list[tuple[threading.Timer, Callable[[], None]]] = []
        self._environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.siege.settings",
            "SIEGE_FILES": str(self.disk.folder),
            VARIABLE: str(self.control.folder),
        }

    @property
    def port(self) -> int:
        """Where the web server listens; the same after every restart."""
        return int(self.base_url.rpartition(":")[2])

    def start(self) -> None:
        self.disk.mount()
        with marking(self.marker):
            super().start()

    def is_up(self) -> bool:
        """Whether every process is there, and the web server answers."""
        pids = self.facts["pids"]
        if set(pids) != {"run", "guard", *PROGRAMS, *SERVERS}:
            return False
        return set(pids.values()) <= parents().keys() and answers(self.port)

    def stop(self) -> int | None:
        """Ask the launcher to end everything; its exit code, None if it does not.

        Not by Ctrl-C, which programs in the background are made to ignore.
        """
        if self.process is None:
            return None
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(PATIENCE)
        return None

    def seed(self, *arguments: str) -> Any:
        """Run `tests.siege.seeding` inside the site's environment; its answer."""
        answer = subprocess.run(
            (
                sys.executable, "-m", "mycenas.embedded", "exec",
                "--data-dir", str(self.data_dir), "--",
                sys.executable, "-m", "tests.siege.seeding", *arguments,
            ),
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )  # fmt: skip
        if answer.returncode != 0:
            raise OSError(answer.stderr)
        return json.loads(answer.stdout.splitlines()[-1])

    def redis(self, *words: str | bytes) -> Any:
        """One command to Valkey; OSError if it does not answer."""
        return tell(str(self.facts["redis_url"]), *words)

    def end(self) -> None:
        """End everything by force, and wait until nothing writes any more."""
        pids: set[int] = set()
        with contextlib.suppress(OSError):
            pids = set(self.facts["pids"].values())
        self.kill()
        with contextlib.suppress(Vain):
            wait_for("they are gone", lambda: not pids & parents().keys(), 60)

    def later(self, seconds: float, job: Callable[[], None]) -> None:
        """Do something when so much time has passed, or when all waiting ends."""
        timer = threading.Timer(seconds, job)
        timer.daemon = True
        timer.start()
        self._waiting.append((timer, job))

    def end_waiting(self) -> None:
        """Do now what should still come; doing it twice must be harmless."""
        while self._waiting:
            timer, job = self._waiting.pop()
            timer.cancel()
            job()

    @contextmanager
    def nobody_restarts(self) -> Iterator[None]:
        """A halted launcher starts nothing again until the context ends."""
        launcher = self.pid("run")
        os.kill(launcher, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(launcher, signal.SIGCONT)

    def lose_power(self) -> int:
        """Kill whoever writes files and forget what was not synced; the kills."""
        names = ("web", "worker", "sweep")
        with self.nobody_restarts():
            pids = [self.facts["pids"][name] for name in names]
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            wait_for("they are gone", lambda: not parents().keys() & set(pids))
            self.disk.order("forget")
        return len(pids)


@contextmanager
def running_site(*, crash_fs: bool | None = None) -> Iterator[SiegeSite]:
    """A site of one's own, ended by force if need be.

    Its folder is removed unless it ``is_evidence``.
    """
    folder = Path(tempfile.mkdtemp(prefix="siege-", dir="/tmp"))
    if crash_fs is None:
        crash_fs = not why_no_crash_fs()
    site = SiegeSite(folder, crash_fs=crash_fs)
    try:
        site.start()
        yield site
    finally:
        site.end()
        site.disk.unmount()
        if not site.is_evidence:
            shutil.rmtree(folder, ignore_errors=True)
