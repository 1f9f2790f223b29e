"""Looking at processes from outside, and talking to Valkey without a library."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

VALKEY_SECONDS = 3.0
# What is not sent in this time is not sent at all.
OVERHEAR_SECONDS = 20.0


def parents() -> dict[int, int]:
    """Every process of the machine with its parent."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            text = (folder / "stat").read_text().rpartition(")")[2].split()
            if text[0] != "Z":
                found[int(folder.name)] = int(text[1])
    return found


def children_of(pid: int) -> list[int]:
    """The process's direct children, oldest first."""
    return sorted(child for child, parent in parents().items() if parent == pid)


def descendants_of(pid: int) -> set[int]:
    """The process with everything below it."""
    known, table = {pid}, parents()
    while more := {one for one, above in table.items() if above in known} - known:
        known |= more
    return known


def command_of(pid: int) -> str:
    """What the process calls itself; '' if it is gone."""
    with contextlib.suppress(OSError):
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


@contextmanager
def marking(marker: int) -> Iterator[None]:
    """Mark what is started meanwhile, by a limit on something that nothing uses.

    Unlike an environment, it can be read in processes that refuse inspection.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_MSGQUEUE)
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (marker, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_MSGQUEUE, (soft, hard))


def marked(marker: int) -> set[int]:
    """All processes that were marked so, and what they have started."""
    found = set()
    for pid in parents():
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/limits").read_text()
            if text.partition("Max msgqueue size")[2].split()[:1] == [str(marker)]:
                found.add(pid)
    return found


def send(number: signal.Signals, *pids: int) -> None:
    """Signal those that are still there; 0 stands for nobody."""
    for pid in filter(None, pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def halt_then(number: signal.Signals, seconds: float, *pids: int) -> None:
    """Stop for a while, then go on (SIGCONT) or end (SIGKILL)."""
    send(signal.SIGSTOP, *pids)
    time.sleep(seconds)
    send(number, *pids)


def tell(address: str, *words: str | bytes) -> bytes:
    """One command to the server at a ``unix://`` address; the answer's first bytes."""
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    message = b"*%d\r\n" % len(parts)
    message += b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(VALKEY_SECONDS)
        line.connect(unquote(urlsplit(address).path))
        line.sendall(message)
        answer = line.recv(4096)
    if answer[:1] == b"-":
        raise OSError(answer.decode(errors="replace"))
    return answer


@contextmanager
def overhear(address: str) -> Iterator[Callable[[bytes], None]]:
    """Hear all commands to the server; the callable waits a while for a word in one."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(OVERHEAR_SECONDS)
        line.connect(unquote(urlsplit(address).path))
        line.sendall(b"MONITOR\r\n")
        commands = line.makefile("rb")
        commands.readline()

        def wait_for_command(word: bytes) -> None:
            with contextlib.suppress(TimeoutError):
                next((command for command in commands if word in command), None)

        yield wait_for_command
