"""Web servers as processes: started, asked for CPU and memory, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in listing.read_text().split():
                yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    """What a process and its descendants have used of the processors so far."""
    total = 0
    for one in tree(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(pid: int, line: str) -> int:
    """Bytes of all of them together: VmRSS (now) or VmHWM (each one's peak)."""
    total = 0
    for one in tree(pid):
        with suppress(OSError, IndexError):
            status = Path(f"/proc/{one}/status").read_text()
            total += int(status.split(f"{line}:")[1].split()[0]) * 1024
    return total


def forget_peak(pid: int) -> None:
    """Let VmHWM begin anew at the present memory."""
    for one in tree(pid):
        with suppress(OSError):
            Path(f"/proc/{one}/clear_refs").write_text("5")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


@dataclass(frozen=True)
class Web:
    """One running web server."""

    pid: int
    port: int


def uvicorn(application: str, *options: str, root: Path = ROOT) -> list[str]:
    """The command of the site's own server; ``{port}`` is filled in.

    Checkouts from before the site's own HTTP protocol are served without it.
    """
    calm = ["--no-access-log", "--log-level", "warning", "--no-proxy-headers"]
    calm += ["--timeout-graceful-shutdown", "5"]
    place = ["--host", HOST, "--port", "{port}", "--ws", "none"]
    if application.startswith("mycenas.") and (root / "mycenas/serving").is_dir():
        # The bare peers have no settings; options may still choose another protocol.
        calm += ["--http", "mycenas.serving.protocol:BoundedProtocol"]
    return [sys.executable, "-m", "uvicorn", application, *place, *calm, *options]


def granian(application: str, interface: str, *options: str) -> list[str]:
    """granian with as many processes and threads as ``options`` say."""
    place = ["--host", HOST, "--port", "{port}", "--interface", interface]
    calm = ["--no-ws", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", *place, *calm, *options, application]


@contextmanager
def launched(
    command: list[str], environment: Mapping[str, str], root: Path = ROOT
) -> Iterator[tuple[subprocess.Popen[bytes], Web]]:
    """Run a server of the checkout at ``root`` until the context ends.

    Raises RuntimeError if it does not answer.
    """
    port = free_port()
    filled = [part.replace("{port}", str(port)) for part in command]
    variables = {**environment, "PEER_PORT": str(port)}
    process = subprocess.Popen(  # noqa: S603  the commands are ours
        filled, cwd=root, env=variables, start_new_session=True
    )
    try:
        _wait(process, port)
        yield process, Web(process.pid, port)
    finally:
        stop(process)


@contextmanager
def serving(
    command: list[str], environment: Mapping[str, str], root: Path = ROOT
) -> Iterator[Web]:
    """Like ``launched``, for callers that need not stop the server early."""
    with launched(command, environment, root) as (_process, web):
        yield web


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"no answer from {process.args!r}")


def stop(process: subprocess.Popen[bytes]) -> float:
    """End a server as its operator would; seconds until it was gone."""
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    seconds = time.monotonic() - started
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return seconds
